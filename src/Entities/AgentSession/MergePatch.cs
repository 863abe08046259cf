using System.Buffers;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>JSON merge patch (RFC 7396): what is null in the patch goes, objects are merged, everything else is replaced.</summary>
internal static class MergePatch
{
    public static JsonElement Apply(JsonElement? target, JsonElement patch)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            Write(writer, target, patch);
        }
        return JsonSerializer.Deserialize<JsonElement>(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }
        Dictionary<string, JsonElement> changes = Members(patch);
        writer.WriteStartObject();
        foreach ((string name, JsonElement value) in target is { ValueKind: JsonValueKind.Object } whole ? Members(whole) : [])
        {
            if (!changes.Remove(name, out JsonElement change))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            else if (change.ValueKind != JsonValueKind.Null)
            {
                writer.WritePropertyName(name);
                Write(writer, value, change);
            }
        }
        foreach ((string name, JsonElement change) in changes.Where(one => one.Value.ValueKind != JsonValueKind.Null))
        {
            writer.WritePropertyName(name);
            Write(writer, null, change);
        }
        writer.WriteEndObject();
    }

    /// <summary>By name; of one that is there twice the last, as everywhere in JSON.</summary>
    private static Dictionary<string, JsonElement> Members(JsonElement value)
    {
        Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
        foreach (JsonProperty member in value.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }
        return members;
    }
}
