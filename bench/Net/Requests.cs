using System.Text;

namespace DurableObjects.Bench.Net;

/// <summary>The bytes of requests. Both sides get the same ones.</summary>
internal static class Requests
{
    private const string Host = "127.0.0.1";

    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Host}\r\n\r\n");

    /// <param name="path">The path.</param>
    /// <param name="json">The body, or empty for none.</param>
    /// <param name="token">A bearer token, or null.</param>
    public static byte[] Post(string path, string json = "", string? token = null)
    {
        string head = json.Length == 0 ? "" : "Content-Type: application/json\r\n";
        string authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        return Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {Host}\r\n{head}{authorization}"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");
    }

    /// <summary>A call of a method.</summary>
    public static byte[] Call(string className, string key, string method, string json = "") =>
        Post($"/api/objects/{className}/{key}/{method}", json);

    /// <summary>A call of a method that only reads and has no arguments.</summary>
    public static byte[] Read(string className, string key, string method) => Get($"/api/objects/{className}/{key}/{method}");
}
