using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DurableObjects.Archive;

/// <summary>
/// The name of a piece: <c>{class}/{id}/{to}-{from}-{hash}.{segment|snapshot}</c>, numbers in 16 hex digits. It says what the piece
/// holds, so the same piece written twice is one piece.
/// </summary>
/// <param name="ClassName">The object's class.</param>
/// <param name="Id">The object's id.</param>
/// <param name="From">The commit that the piece's first one builds on; of a snapshot, the commit that it was taken after.</param>
/// <param name="To">The last commit in the piece.</param>
/// <param name="Hash">The first 8 bytes of SHA-256 over the piece.</param>
/// <param name="Kind">What it holds.</param>
public sealed record PieceName(string ClassName, ObjectId Id, long From, long To, ulong Hash, PieceKind Kind)
{
    private const int Digits = 16;

    /// <summary>The last part of the name.</summary>
    public string FileName => string.Create(
        CultureInfo.InvariantCulture, $"{To:x16}-{From:x16}-{Hash:x16}.{(Kind == PieceKind.Segment ? "segment" : "snapshot")}");

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PieceName? name)
    {
        name = null;
        string[] parts = (text ?? "").Split('/');
        if (parts.Length != 3)
        {
            return false;
        }
        string[] file = parts[2].Split('.');
        string[] numbers = file[0].Split('-');
        if (file.Length != 2 || numbers.Length != 3
            || parts[1].Length != 2 * ObjectId.Size || !parts[1].All(char.IsAsciiHexDigitLower)
            || !TryHex(numbers[0], out ulong to) || !TryHex(numbers[1], out ulong from) || !TryHex(numbers[2], out ulong hash))
        {
            return false;
        }
        PieceKind? kind = file[1] switch { "segment" => PieceKind.Segment, "snapshot" => PieceKind.Snapshot, _ => null };
        ObjectId id = ObjectId.FromBytes(Convert.FromHexString(parts[1]));
        name = kind is null ? null : new PieceName(parts[0], id, (long)from, (long)to, hash, kind.Value);
        return name is not null;
    }

    /// <summary>The whole name.</summary>
    public override string ToString() => $"{ClassName}/{Id}/{FileName}";

    private static bool TryHex(string digits, out ulong value)
    {
        value = 0;
        return digits.Length == Digits
            && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
