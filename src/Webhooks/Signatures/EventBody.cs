using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace DurableObjects.Webhooks.Signatures;

/// <summary>What a scheme needs to know of a body: a few members of the JSON object that it is.</summary>
internal static class EventBody
{
    // Far deeper than any sender's, so that a good signature is not refused for it; the reader does not recurse.
    private const int MaxDepth = 1_000;

    /// <summary>
    /// The members of those names, each null where it is missing or no string; null altogether if the body is no JSON object. Of two
    /// members of one name the last counts, as it does for whoever parses the body later.
    /// </summary>
    public static string?[]? Read(ReadOnlySpan<byte> body, params string[] names)
    {
        Utf8JsonReader reader = new(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        string?[] found = new string?[names.Length];
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                int member = IndexOf(ref reader, names);
                reader.Read();
                if (member >= 0)
                {
                    found[member] = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }
                reader.Skip();
            }
            // Whatever follows the object makes it none.
            reader.Read();
            return found;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter: a text with bytes that are no UTF-8, or with half a surrogate pair.
            return null;
        }
    }

    /// <summary>Whether a text can be an id or a type: visible ASCII, which fits every header, URL and log.</summary>
    public static bool IsName([NotNullWhen(true)] string? text, int maxCharacters) =>
        text is { Length: > 0 } && text.Length <= maxCharacters && text.All(character => character is > ' ' and <= '~');

    private static int IndexOf(ref Utf8JsonReader reader, string[] names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (reader.ValueTextEquals(names[i]))
            {
                return i;
            }
        }
        return -1;
    }
}
