using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What a source says of a key.</summary>
public sealed record CacheLoad
{
    private CacheLoad(JsonElement? value) => Value = value;

    /// <summary>The source has nothing under the key, which is worth remembering too.</summary>
    public static CacheLoad NotThere { get; } = new(null as JsonElement?);

    /// <summary>The value; null if it is not there.</summary>
    public JsonElement? Value { get; }

    /// <summary>How long the value is fresh, if that is not what the source's options say.</summary>
    public TimeSpan? FreshFor { get; init; }

    /// <summary>
    /// A value, which is kept as JSON of at most <see cref="Cache.ValueBytes"/> and <see cref="JsonLimits.Depth"/> levels. Null is "not
    /// there".
    /// </summary>
    public static CacheLoad Of<T>(T value)
    {
        JsonElement json = JsonSerializer.SerializeToElement(value, ObjectJson.Options);
        return json.ValueKind == JsonValueKind.Null ? NotThere : new CacheLoad(json);
    }
}
