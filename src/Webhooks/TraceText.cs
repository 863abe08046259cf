using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DurableObjects.Webhooks;

/// <summary>Text for the audit trail: no longer than its limit, without control characters, and fit for SQL and JSON.</summary>
internal static class TraceText
{
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (text is null)
        {
            return null;
        }
        string cut = text.Length <= WebhookLimits.TraceCharacters ? text : text[..WebhookLimits.TraceCharacters];
        string plain = string.Concat(cut.Select(character => char.IsControl(character) ? ' ' : character));
        // Halves of surrogate pairs become U+FFFD.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(plain));
    }
}
