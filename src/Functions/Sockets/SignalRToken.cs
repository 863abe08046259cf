using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Makes the tokens that SignalR Service asks for: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 under an access key, as its REST
/// reference says: the audience is the URL, and they expire.
/// </summary>
internal static class SignalRToken
{
    // What the tokens hold stands in no page, and each character that is escaped takes room from the ticket.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A token.</summary>
    /// <param name="key">What it is signed with.</param>
    /// <param name="audience">The URL that it is for.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="lifetime">How long it is good for.</param>
    /// <param name="claims">Further claims.</param>
    public static string Create(
        SignalRKey key, string audience, DateTimeOffset now, TimeSpan lifetime, params ReadOnlySpan<(string Name, string Value)> claims)
    {
        string header = Part(writer =>
        {
            writer.WriteString("alg", "HS256");
            writer.WriteString("typ", "JWT");
            if (key.Id is not null)
            {
                writer.WriteString("kid", key.Id);
            }
        });
        (string Name, string Value)[] further = claims.ToArray();
        string payload = Part(writer =>
        {
            writer.WriteString("aud", audience);
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("nbf", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
            foreach ((string name, string value) in further)
            {
                writer.WriteString(name, value);
            }
        });
        string signed = $"{header}.{payload}";
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(mac)}";
    }

    private static string Part(Action<Utf8JsonWriter> content)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Json))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }
        return Base64Url.EncodeToString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}

/// <summary>A key that tokens are signed with.</summary>
/// <param name="Id">By which the service finds it, where it has handed it out itself; otherwise null.</param>
/// <param name="Secret">The key, whose text is the key's bytes.</param>
internal sealed record SignalRKey(string? Id, string Secret);
