using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The sessions of one user: tokens that expire when unused and at the latest at a set time, a list of devices, data for each
/// session, and an end to one or all of them. The object ends itself with its last session.
/// </summary>
/// <remarks>
/// It follows OWASP's Session Management Cheat Sheet: random tokens far beyond guessing, hashed at rest, an idle and an absolute
/// timeout enforced here, renewal when rights change, and an end from the server's side.
/// </remarks>
[DurableObject("session")]
public sealed class Session(ObjectContext context) : DurableObject(context), ISession
{
    /// <summary>Sessions of one user.</summary>
    public const int MaxSessions = 50;

    /// <summary>Characters (UTF-16) of a device.</summary>
    public const int DeviceCharacters = 256;

    /// <summary>The longest time to live without being validated, in seconds: 90 days.</summary>
    public const int MaxTtlSeconds = 90 * 24 * 60 * 60;

    /// <summary>The longest time to live in any case, in seconds: 365 days. OWASP wants every session to end some time.</summary>
    public const int MaxAbsoluteTtlSeconds = 365 * 24 * 60 * 60;

    /// <summary>Keys of one session's data.</summary>
    public const int MaxKeys = 32;

    /// <summary>Characters (UTF-16) of a key.</summary>
    public const int KeyCharacters = 128;

    /// <summary>Bytes of a value, as JSON in UTF-8.</summary>
    public const int ValueBytes = 4 * 1_024;

    /// <summary>The error code of a token that is not one of a live session (401).</summary>
    public const string InvalidToken = "invalid-token";

    /// <summary>The error code of one key too many (409).</summary>
    public const string TooManyKeys = "too-many-keys";

    /// <summary>The part of the time to live that passes before it begins anew: then at most ten validations in one write.</summary>
    private const int SlidePart = 10;

    /// <summary>Bytes of a session's id. It is no secret, only unique.</summary>
    private const int IdBytes = 12;

    /// <summary>Bytes of a token's secret. OWASP asks for 64 bits of entropy; 256 leave nothing to guess, or to slow hashing.</summary>
    private const int SecretBytes = 32;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE session(
            id TEXT PRIMARY KEY, hash BLOB NOT NULL, device TEXT NOT NULL, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
            ttl INTEGER NOT NULL, expires_at INTEGER NOT NULL, ends_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE data(
            session TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (session, key)) WITHOUT ROWID;
        """,
    ];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<SessionTicket> Create(string device, decimal ttlSeconds, decimal? absoluteTtlSeconds = null)
    {
        Argument.Text(device, "device", DeviceCharacters);
        long ttl = Argument.Milliseconds(ttlSeconds, "ttlSeconds", 1, MaxTtlSeconds);
        long absolute = Argument.Milliseconds(
            absoluteTtlSeconds ?? MaxAbsoluteTtlSeconds, "absoluteTtlSeconds", ttlSeconds, MaxAbsoluteTtlSeconds);
        RemoveExpired();
        string? dropped = DropOneOfTooMany();
        string id = RandomText(IdBytes);
        string secret = RandomText(SecretBytes);
        long expires = Now + Math.Min(ttl, absolute);
        Storage.Sql.Exec(
            """
            INSERT INTO session(id, hash, device, created_at, seen_at, ttl, expires_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)
            """, id, Hash(secret), device, Now, ttl, expires, Now + absolute);
        // Set once and moved on when it fires, which spares every validation a write.
        if (Storage.GetAlarm() is not { } alarm || alarm > Time(expires))
        {
            Storage.SetAlarm(Time(expires));
        }
        return Task.FromResult(new SessionTicket(id, $"{id}.{secret}", Time(expires), dropped));
    }

    /// <inheritdoc/>
    public Task<SessionState> Validate(string token, bool touch = true)
    {
        SessionRow session = Find(token);
        return Task.FromResult((touch ? Touch(session) : session).ToState());
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<SessionState> Check(string token) => Task.FromResult(Find(token).ToState());

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<JsonElement?> Get(string token, string key)
    {
        SessionRow session = Find(token);
        Argument.Text(key, "key", KeyCharacters);
        string? json = Storage.Sql.Exec("SELECT value FROM data WHERE session = ? AND key = ?", session.Id, key)
            .FirstOrDefault()?.Get<string>(0);
        return Task.FromResult(json is null ? null : JsonSerializer.Deserialize<JsonElement?>(json, ObjectJson.Options));
    }

    /// <inheritdoc/>
    public Task Set(string token, string key, JsonElement? value)
    {
        SessionRow session = Find(token);
        Argument.Text(key, "key", KeyCharacters);
        string? json = Argument.Json(value is { ValueKind: JsonValueKind.Null } ? null : value, "value", ValueBytes);
        Touch(session);
        if (json is null)
        {
            Storage.Sql.Exec("DELETE FROM data WHERE session = ? AND key = ?", session.Id, key);
            return Task.CompletedTask;
        }
        if (Storage.Sql.Exec("SELECT count(*) FROM data WHERE session = ? AND key <> ?", session.Id, key).One().Get<int>(0) >= MaxKeys)
        {
            throw new DurableObjectException(409, TooManyKeys, $"The session's data has {MaxKeys} keys, which is the limit.");
        }
        Storage.Sql.Exec(
            "INSERT INTO data(session, key, value) VALUES (?, ?, ?) ON CONFLICT(session, key) DO UPDATE SET value = excluded.value",
            session.Id, key, json);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SessionTicket> Rotate(string token)
    {
        SessionRow session = Touch(Find(token));
        string secret = RandomText(SecretBytes);
        Storage.Sql.Exec("UPDATE session SET hash = ? WHERE id = ?", Hash(secret), session.Id);
        return Task.FromResult(new SessionTicket(session.Id, $"{session.Id}.{secret}", Time(session.ExpiresAt)));
    }

    /// <inheritdoc/>
    public Task<bool> Revoke(string sessionId)
    {
        SqlRow? live = Storage.Sql.Exec("SELECT 1 FROM session WHERE id = ? AND expires_at > ?", sessionId, Now).FirstOrDefault();
        if (Storage.Sql.Exec("DELETE FROM session WHERE id = ?", sessionId).RowsWritten > 0)
        {
            EndIfEmpty();
        }
        return Task.FromResult(live is not null);
    }

    /// <inheritdoc/>
    public Task<int> RevokeAll(string? exceptToken = null)
    {
        string except = exceptToken is null ? "" : Find(exceptToken).Id;
        RemoveExpired();
        int ended = Storage.Sql.Exec("SELECT count(*) FROM session WHERE id <> ?", except).One().Get<int>(0);
        if (Storage.Sql.Exec("DELETE FROM session WHERE id <> ?", except).RowsWritten > 0)
        {
            EndIfEmpty();
        }
        return Task.FromResult(ended);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<SessionState>> Devices() => Task.FromResult<IReadOnlyList<SessionState>>(
    [
        .. Storage.Sql.Exec("SELECT * FROM session WHERE expires_at > ? ORDER BY seen_at DESC, created_at DESC, id", Now)
            .As<SessionRow>().Select(row => row.ToState()),
    ]);

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        RemoveExpired();
        if (Storage.Sql.Exec("SELECT min(expires_at) FROM session").One().Get<long?>(0) is { } next)
        {
            Storage.SetAlarm(Time(next));
        }
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static string RandomText(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>
    /// The live session that a token is of. The error does not say whether the id, the secret or the time is wrong, and a secret takes as
    /// long to compare wherever it differs.
    /// </summary>
    private SessionRow Find(string token)
    {
        string[] parts = token.Split('.', 2);
        string secret = parts.Length == 2 && parts[1].Length == Base64Url.GetEncodedLength(SecretBytes) ? parts[1] : "";
        SessionRow? found = parts[0].Length == Base64Url.GetEncodedLength(IdBytes)
            ? Storage.Sql.Exec("SELECT * FROM session WHERE id = ?", parts[0]).As<SessionRow>().SingleOrDefault()
            : null;
        bool isRight = CryptographicOperations.FixedTimeEquals(Hash(secret), (found ?? SessionRow.None).Hash);
        return isRight && found is not null && found.ExpiresAt > Now
            ? found
            : throw new DurableObjectException(401, InvalidToken, "The token is not one of a live session.");
    }

    private SessionRow Touch(SessionRow session)
    {
        if (Now - session.SeenAt < session.Ttl / SlidePart)
        {
            return session;
        }
        session = session with { SeenAt = Now, ExpiresAt = Math.Min(Now + session.Ttl, session.EndsAt) };
        Storage.Sql.Exec("UPDATE session SET seen_at = ?, expires_at = ? WHERE id = ?", session.SeenAt, session.ExpiresAt, session.Id);
        return session;
    }

    private void RemoveExpired() => Storage.Sql.Exec("DELETE FROM session WHERE expires_at <= ?", Now);

    private string? DropOneOfTooMany() => Storage.Sql.Exec(
        """
        DELETE FROM session WHERE id = (SELECT id FROM session ORDER BY seen_at, created_at, id LIMIT 1)
            AND (SELECT count(*) FROM session) >= ? RETURNING id
        """, MaxSessions).FirstOrDefault()?.Get<string>(0);

    private void EndIfEmpty()
    {
        if (Storage.Sql.Exec("SELECT 1 FROM session LIMIT 1").FirstOrDefault() is null)
        {
            Storage.DeleteAll();
        }
    }
}
