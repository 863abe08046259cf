using System.Globalization;

using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>
/// A moment of an object that one can return to: one of its commits. As text <c>{commit}-{history}</c>, 16 hex digits each, so that
/// bookmarks of one object sort as text in time order, as Cloudflare's do.
/// </summary>
/// <param name="Commit">The number of the commit, from 1.</param>
/// <param name="History">
/// <see cref="ObjectSummary.History"/>: tells the object from an earlier one of the same id that was purged, and from others.
/// </param>
public readonly record struct Bookmark(long Commit, ulong History)
{
    private const int Digits = 16;

    /// <summary>Reads a bookmark.</summary>
    /// <exception cref="DurableObjectException">The text is not one (400).</exception>
    public static Bookmark Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> span = text;
        bool isOne = span.Length == 2 * Digits + 1 && span[Digits] == '-';
        return isOne
            && long.TryParse(span[..Digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long commit)
            && commit > 0
            && ulong.TryParse(span[(Digits + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong history)
            ? new Bookmark(commit, history)
            : throw DurableObjectException.Invalid($"A bookmark is text that an object gave out, {2 * Digits + 1} characters; it was '{text}'.");
    }

    /// <summary>What stands for a history: two objects may begin with the same commit, and one with the same again after a purge.</summary>
    internal static ulong HistoryOf(ObjectId id, DateTimeOffset at, UInt128 hash)
    {
        byte[] source = [.. id.ToByteArray(), .. BitConverter.GetBytes(at.ToUnixTimeMilliseconds())];
        return (ulong)(PageSet.Chain(hash, source) >> 64);
    }

    /// <summary>The bookmark as text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Commit:x16}-{History:x16}");
}
