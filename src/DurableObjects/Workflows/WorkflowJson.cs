using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>Inputs, results and events of workflows as JSON. Null stands for nothing.</summary>
internal static class WorkflowJson
{
    public static JsonElement? Of<T>(T value, string what)
    {
        if (value is null or Nothing)
        {
            return null;
        }
        JsonElement json = JsonSerializer.SerializeToElement(value, ObjectJson.Options);
        Check(json, what);
        return json;
    }

    /// <exception cref="DurableObjectException">It is too large (413).</exception>
    public static void Check(JsonElement? json, string what)
    {
        if (json is { } value && System.Text.Encoding.UTF8.GetByteCount(value.GetRawText()) is int bytes and > Limits.WorkflowPayloadBytes)
        {
            throw DurableObjectException.TooLarge(what, bytes, Limits.WorkflowPayloadBytes);
        }
    }

    /// <exception cref="DurableObjectException">It is not what the type wants (400).</exception>
    public static T? Read<T>(JsonElement? json, string what)
    {
        if (json is not { ValueKind: not JsonValueKind.Null } value || typeof(T) == typeof(Nothing))
        {
            return default;
        }
        try
        {
            return value.Deserialize<T>(ObjectJson.Options);
        }
        catch (JsonException error)
        {
            throw DurableObjectException.Invalid($"{what} is no {typeof(T).Name}: {error.Message}", error);
        }
    }
}
