using System.Text.Json;
using System.Text.Json.Serialization;

namespace DurableObjects;

/// <summary>How values become JSON everywhere in the model: arguments, results, stored values, socket messages.</summary>
public static class ObjectJson
{
    /// <summary>camelCase names, read without regard to case; enums as camelCase text; numbers also read from text.</summary>
    public static JsonSerializerOptions Options { get; } = Create(strict: false);

    /// <summary>
    /// The same, refusing what a caller left out or set to null against the type. Not for stored values: a record that gained a
    /// field must still read what it wrote before.
    /// </summary>
    internal static JsonSerializerOptions Arguments { get; } = Create(strict: true);

    private static JsonSerializerOptions Create(bool strict)
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web)
        {
            RespectNullableAnnotations = strict,
            RespectRequiredConstructorParameters = strict,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
