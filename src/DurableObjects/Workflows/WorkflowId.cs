using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Workflows;

/// <summary>Ids of workflows: chosen by whoever starts one, unique among all workflows of the host.</summary>
public static class WorkflowId
{
    /// <summary>A new one.</summary>
    public static string New(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return Guid.CreateVersion7(clock.GetUtcNow()).ToString("n", CultureInfo.InvariantCulture);
    }

    /// <summary>Refuses what is none.</summary>
    /// <exception cref="DurableObjectException">
    /// It is not 1 to <see cref="Limits.WorkflowIdCharacters"/> letters, digits, or any of <c>- _ . : ~</c> (400).
    /// </exception>
    public static void Check(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        bool isGood = id.Length is >= 1 and <= Limits.WorkflowIdCharacters
            && id.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or ':' or '~') && id is not ("." or "..");
        if (!isGood)
        {
            throw DurableObjectException.Invalid(
                $"A workflow's id must be 1 to {Limits.WorkflowIdCharacters} letters, digits, or any of - _ . : ~; it is '{LogText.Of(id)}'.");
        }
    }

    internal static string OfChild(string parent, int step, Guid unique)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{parent}:{step}");
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{parent}|{unique:n}"));
        return id.Length <= Limits.WorkflowIdCharacters - 17
            ? $"{id}-{Convert.ToHexStringLower(digest.AsSpan(0, 8))}"
            : $"{id[..(Limits.WorkflowIdCharacters - 33)]}-{Convert.ToHexStringLower(digest.AsSpan(0, 16))}";
    }
}
