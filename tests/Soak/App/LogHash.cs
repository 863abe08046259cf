using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Soak;

/// <summary>
/// SHA-256 over rows, each a line of its columns with bars between. The checker keeps the same sum over what it has seen, so it need
/// not fetch old rows again to know that none of them has changed.
/// </summary>
internal static class LogHash
{
    /// <summary>The sum, in lower-case hex digits.</summary>
    public static string Of(SqlCursor rows)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (IReadOnlyList<object?> row in rows.Raw())
        {
            string line = string.Join('|', row.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
            hash.AppendData(Encoding.UTF8.GetBytes(line + '\n'));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
