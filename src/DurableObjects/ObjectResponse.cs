using System.Text;

namespace DurableObjects;

/// <summary>A whole HTTP response from an object.</summary>
/// <param name="Status">The status, 200 to 599.</param>
/// <param name="Headers">Names and values.</param>
/// <param name="Body">The body, at most <see cref="Limits.ResponseBytes"/>.</param>
public sealed record ObjectResponse(int Status, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>A response of plain text.</summary>
    public static ObjectResponse Text(string text, int status = 200) =>
        new(status, ContentType("text/plain; charset=utf-8"), Encoding.UTF8.GetBytes(text));

    /// <summary>A response of JSON.</summary>
    /// <exception cref="DurableObjectException">It is longer than <see cref="Limits.ResponseBytes"/> (500).</exception>
    public static ObjectResponse Json<T>(T value, int status = 200) =>
        new(status, ContentType("application/json; charset=utf-8"), BoundedJson.Write(value, "The response"));

    /// <summary>A response without a body.</summary>
    public static ObjectResponse Empty(int status = 204) => new(status, new Dictionary<string, string>(), default);

    private static Dictionary<string, string> ContentType(string value) => new() { ["Content-Type"] = value };
}
