using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Functions.Tests.Sockets;

/// <summary>Reads a JSON Web Token by the letter of RFC 7519.</summary>
internal sealed record Jwt(JsonElement Header, JsonElement Payload)
{
    public string Claim(string name) => Payload.GetProperty(name).ToString();

    public static Jwt Verify(string token, string key)
    {
        string[] parts = token.Split('.');
        Assert.Equal(3, parts.Length);
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));
        Assert.Equal(Convert.ToHexString(mac), Convert.ToHexString(Base64Url.DecodeFromChars(parts[2])));
        Jwt jwt = new(Json(parts[0]), Json(parts[1]));
        Assert.Equal("HS256", jwt.Header.GetProperty("alg").GetString());
        return jwt;
    }

    private static JsonElement Json(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement;
}
