using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>
/// How Polar writes: snake_case names. Members that the records here do not have are ignored, and those that are missing are null or
/// zero, but for the ids: Polar adds members at any time, and deliveries may be older than they are.
/// </summary>
public static class PolarJson
{
    /// <summary>The options to read payloads with.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Reads the body of a webhook request, of whatever type.</summary>
    /// <exception cref="JsonException">It is not an event.</exception>
    public static PolarEvent<JsonElement> Parse(ReadOnlySpan<byte> body) =>
        JsonSerializer.Deserialize<PolarEvent<JsonElement>>(body, Options) ?? throw new JsonException("The event is null.");

    /// <summary>The same event with what it carries as a record.</summary>
    /// <exception cref="JsonException">It carries something else.</exception>
    public static PolarEvent<T> As<T>(this PolarEvent<JsonElement> untyped)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(untyped);
        T data = untyped.Data.Deserialize<T>(Options) ?? throw new JsonException($"The data of {untyped.Type} is null.");
        return new PolarEvent<T>(untyped.Type, untyped.Timestamp, data);
    }

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
