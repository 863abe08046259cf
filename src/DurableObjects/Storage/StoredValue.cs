using System.Text.Json;

namespace DurableObjects.Storage;

/// <summary>How a value of C# is stored: a byte array as a blob, everything else as JSON text.</summary>
internal static class StoredValue
{
    public static byte[] Encode<T>(T value, out bool isText)
    {
        if (value is byte[] bytes)
        {
            isText = false;
            return bytes;
        }
        isText = true;
        return JsonSerializer.SerializeToUtf8Bytes(value, ObjectJson.Options);
    }

    public static T? Decode<T>(SqliteStatement statement, int column, string key)
    {
        bool isText = statement.IsText(column);
        if (typeof(T) == typeof(byte[]))
        {
            return !isText
                ? (T)(object)statement.Bytes(column).ToArray()
                : throw DurableObjectException.Invalid($"The value of key '{key}' is JSON, not a byte array.");
        }
        if (!isText)
        {
            throw DurableObjectException.Invalid($"The value of key '{key}' is a byte array, not a {typeof(T).Name}.");
        }
        try
        {
            return JsonSerializer.Deserialize<T>(statement.Bytes(column), ObjectJson.Options);
        }
        catch (JsonException error)
        {
            throw DurableObjectException.Invalid($"The value of key '{key}' is not a {typeof(T).Name}: {error.Message}", error);
        }
    }
}
