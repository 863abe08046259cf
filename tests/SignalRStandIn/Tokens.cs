using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.SignalRStandIn;

/// <summary>Checks JSON Web Tokens under the access keys, and under keys that were handed out to an identity.</summary>
internal sealed class Tokens(StandInOptions options)
{
    private readonly ConcurrentDictionary<string, string> _handedOut = new();
    private int _lastKey;

    /// <summary>A new key for an identity, by its id.</summary>
    public (string Id, string Key) HandOut()
    {
        string id = $"key-{Interlocked.Increment(ref _lastKey)}";
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _handedOut[id] = key;
        return (id, key);
    }

    /// <summary>The claims of a token; null if it is not good for one of the audiences.</summary>
    public IReadOnlyDictionary<string, string>? Check(string? token, bool mayHaveExpired, params IReadOnlyList<string> audiences)
    {
        string[] parts = token?.Split('.') ?? [];
        if (parts.Length != 3 || Json(parts[0]) is not { } header || Json(parts[1]) is not { } payload || Bytes(parts[2]) is not { } mac
            || header.GetValueOrDefault("alg") != "HS256")
        {
            return null;
        }
        byte[] signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        bool isSigned = Keys(header.GetValueOrDefault("kid")).Any(
            key => CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed)));
        long now = options.Clock.GetUtcNow().ToUnixTimeSeconds();
        bool isInTime = long.TryParse(payload.GetValueOrDefault("exp"), CultureInfo.InvariantCulture, out long expires)
            && (mayHaveExpired || now < expires);
        return isSigned && isInTime && audiences.Contains(payload.GetValueOrDefault("aud")) ? payload : null;
    }

    private IEnumerable<string> Keys(string? id)
    {
        if (id is not null && _handedOut.TryGetValue(id, out string? handedOut))
        {
            return [handedOut];
        }
        return options.SecondaryKey is null ? [options.AccessKey] : [options.AccessKey, options.SecondaryKey];
    }

    private static Dictionary<string, string>? Json(string part)
    {
        try
        {
            return Bytes(part) is { } bytes
                ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(bytes)?
                    .ToDictionary(one => one.Key, one => one.Value.ToString())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(string part)
    {
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(part.Length)];
        return Base64Url.DecodeFromChars(part, bytes, out _, out int written) == OperationStatus.Done ? bytes[..written] : null;
    }
}
