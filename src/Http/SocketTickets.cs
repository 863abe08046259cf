using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DurableObjects.Http;

/// <summary>
/// Issues and checks the ticket by which a socket proves that it was negotiated here: <c>base64url(payload).base64url(mac)</c>,
/// the payload being JSON with a version and the MAC an HMAC-SHA256 over it. Whoever holds the key can read and make tickets, so
/// hosts that share sockets share the key, and nobody else does.
/// </summary>
public sealed class SocketTickets
{
    /// <summary>Bytes that the key must have at least: the output of SHA-256, as RFC 2104 recommends.</summary>
    public const int KeyBytes = 32;

    /// <summary>Characters of a ticket at most. Azure SignalR Service: 4 KB of claims in all.</summary>
    public const int MaxCharacters = 4_096;

    /// <summary>How long a ticket is good for: a client connects at once, and negotiates again when it reconnects.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(5);

    private const int Version = 1;

    private readonly byte[] _key;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _lifetime;

    /// <summary>Tickets under a key.</summary>
    /// <param name="key">At least <see cref="KeyBytes"/> random bytes.</param>
    /// <param name="clock">By which they expire.</param>
    /// <param name="lifetime">How long each is good for; <see cref="DefaultLifetime"/> if not given.</param>
    /// <exception cref="ArgumentException">The key is too short, or the lifetime under a second.</exception>
    public SocketTickets(ReadOnlySpan<byte> key, TimeProvider clock, TimeSpan? lifetime = null)
    {
        if (key.Length < KeyBytes)
        {
            throw new ArgumentException($"A key for tickets has at least {KeyBytes} bytes; this has {key.Length}.", nameof(key));
        }
        _lifetime = lifetime ?? DefaultLifetime;
        ArgumentOutOfRangeException.ThrowIfLessThan(_lifetime, TimeSpan.FromSeconds(1), nameof(lifetime));
        _key = key.ToArray();
        _clock = clock;
    }

    /// <summary>A ticket for a socket to an object.</summary>
    /// <exception cref="DurableObjectException">It would be longer than <see cref="MaxCharacters"/> (400).</exception>
    public string Issue(ObjectAddress address, Caller caller, IReadOnlyDictionary<string, string> query)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(caller);
        long now = _clock.GetUtcNow().ToUnixTimeSeconds();
        Payload payload = new(
            Version, address.ClassName, address.Id.ToString(), address.Name, caller.Id, caller.Roles, caller.Claims, query,
            now, now + (long)_lifetime.TotalSeconds);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(payload, ObjectJson.Options);
        string ticket = $"{Base64Url.EncodeToString(json)}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, json))}";
        return ticket.Length <= MaxCharacters
            ? ticket
            : throw new DurableObjectException(
                400, ErrorCodes.InvalidArgument,
                $"The query, the caller's claims and the object's name make a ticket of {ticket.Length:N0} characters; "
                + $"the limit is {MaxCharacters:N0}.");
    }

    /// <summary>What a ticket says, once it is known to be true.</summary>
    /// <exception cref="DurableObjectException">It is malformed, forged, made under another key, or expired (401).</exception>
    public SocketTicket Validate(string? ticket)
    {
        SocketTicket valid = Identify(ticket);
        return _clock.GetUtcNow() < valid.ExpiresAt
            ? valid
            : throw Refused($"The ticket has expired at {valid.ExpiresAt:u}; negotiate again.");
    }

    /// <summary>
    /// What a ticket says, expired or not: which object a connection is to and who opened it, for a host that is shown the ticket with
    /// each event of a connection. That the connection was opened in time is for others to know.
    /// </summary>
    /// <exception cref="DurableObjectException">It is malformed, forged, or made under another key (401).</exception>
    public SocketTicket Identify(string? ticket)
    {
        Payload payload = Read(ticket) ?? throw Refused("The ticket is not one that this host has issued.");
        ObjectAddress address = new(payload.Class, ObjectId.Parse(payload.Class, payload.Id), payload.Name);
        return new SocketTicket(
            address,
            new Caller(payload.Caller, payload.Roles, payload.Claims),
            new Dictionary<string, string>(payload.Query, StringComparer.OrdinalIgnoreCase),
            DateTimeOffset.FromUnixTimeSeconds(payload.Issued),
            DateTimeOffset.FromUnixTimeSeconds(payload.Expires));
    }

    private Payload? Read(string? ticket)
    {
        if (ticket is null || ticket.Length > MaxCharacters)
        {
            return null;
        }
        int dot = ticket.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || Decode(ticket.AsSpan(0, dot)) is not { } json || Decode(ticket.AsSpan(dot + 1)) is not { } mac
            || !CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(_key, json)))
        {
            return null;
        }
        // Only what was signed with the key is parsed, so what is not a payload of this version was issued by another version.
        Payload? payload = JsonSerializer.Deserialize<Payload>(json, ObjectJson.Options);
        return payload?.Version == Version ? payload : null;
    }

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out int written) == OperationStatus.Done
            ? bytes[..written]
            : null;
    }

    private static DurableObjectException Refused(string message) => new(401, ErrorCodes.Unauthenticated, message);

    private sealed record Payload(
        [property: JsonPropertyName("v")] int Version,
        string Class,
        string Id,
        string? Name,
        string? Caller,
        IReadOnlyList<string> Roles,
        IReadOnlyDictionary<string, string> Claims,
        IReadOnlyDictionary<string, string> Query,
        [property: JsonPropertyName("iat")] long Issued,
        [property: JsonPropertyName("exp")] long Expires);
}
