using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>How the body of an answer becomes items, by its source's <see cref="PollFormat"/>.</summary>
internal static class FoundItems
{
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The items of a JSON array, or of the array <c>items</c> of an object.</summary>
    public static IEnumerable<FoundItem> Of(byte[] body)
    {
        JsonElement root = JsonSerializer.Deserialize<JsonElement>(body, ObjectJson.Options);
        JsonElement items = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("items", out JsonElement inner) ? inner : root;
        if (items.ValueKind != JsonValueKind.Array)
        {
            throw Argument.Invalid("The body is neither an array of items nor an object with an array 'items'.");
        }
        foreach (JsonElement item in items.EnumerateArray())
        {
            JsonElement id = default;
            bool hasId = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("id", out id)
                && id.ValueKind is JsonValueKind.String or JsonValueKind.Number;
            yield return hasId
                ? new FoundItem(id.ToString(), item)
                : throw Argument.Invalid("An item is no object with an 'id' that is a text or a number.");
        }
    }

    /// <summary>All of an answer as one item: its text, or its bytes if they are none.</summary>
    public static FoundItem Whole(PollAnswer answer)
    {
        try
        {
            string text = StrictText.GetString(answer.Body);
            return new FoundItem("body", JsonSerializer.SerializeToElement(new { answer.MediaType, Text = text }, ObjectJson.Options));
        }
        catch (DecoderFallbackException)
        {
            return new FoundItem(
                "body", JsonSerializer.SerializeToElement(new { answer.MediaType, Base64 = answer.Body }, ObjectJson.Options));
        }
    }
}
