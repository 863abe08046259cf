using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>
/// Answers remembered under idempotency keys. A handler's decision is remembered too, as Stripe does; an accident (5xx) is not,
/// since nothing of it remains and the repetition should do what the first attempt could not.
/// </summary>
internal sealed class AnswerTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "answer";
    private const string GetSql = $"SELECT request, answer FROM {Table} WHERE key = ?1 AND at > ?2";
    private const string SetSql = $"INSERT OR REPLACE INTO {Table}(key, at, request, answer) VALUES (?1, ?2, ?3, ?4)";
    private const string ForgetSql = $"DELETE FROM {Table} WHERE at <= ?1";

    /// <summary>The answer that the same request got before, if it had one.</summary>
    /// <exception cref="DurableObjectException">The key was used for another request (422).</exception>
    public Answer? Get(Turn turn, DateTimeOffset now)
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        if (!statement.BindText(1, turn.IdempotencyKey).Bind(2, Oldest(now)).Step())
        {
            return null;
        }
        if (!statement.Bytes(0).SequenceEqual(Fingerprint(turn)))
        {
            throw new DurableObjectException(
                422, ErrorCodes.IdempotencyKeyReused, "The Idempotency-Key was used before for another request to this object.");
        }
        Answer answer = JsonSerializer.Deserialize<Answer>(statement.Bytes(1), ObjectJson.Options)!;
        return answer with { Replayed = true };
    }

    public void Remember(Turn turn, Answer answer, DateTimeOffset now)
    {
        using (database.Use(ForgetSql, out SqliteStatement forget))
        {
            forget.Bind(1, Oldest(now)).Step();
        }
        using StatementUse use = database.Use(SetSql, out SqliteStatement statement);
        statement.BindText(1, turn.IdempotencyKey).Bind(2, now.ToUnixTimeMilliseconds()).BindBlob(3, Fingerprint(turn))
            .BindBlob(4, JsonSerializer.SerializeToUtf8Bytes(answer, ObjectJson.Options)).Step();
    }

    /// <summary>What is wrong with a key, if anything is.</summary>
    public static DurableObjectException? KeyError(string key) => key.Length is 0 or > Limits.IdempotencyKeyCharacters
        ? DurableObjectException.Invalid(
            $"An Idempotency-Key has 1 to {Limits.IdempotencyKeyCharacters} characters; this one has {key.Length}.")
        : null;

    private static long Oldest(DateTimeOffset now) => (now - Limits.IdempotencyWindow).ToUnixTimeMilliseconds();

    /// <summary>Tells requests apart, by their caller too: nobody gets another's answer by guessing a key.</summary>
    private static byte[] Fingerprint(Turn turn)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part);
        }
        Add(Encoding.UTF8.GetBytes(turn.Caller.Id ?? ""));
        switch (turn)
        {
            case CallTurn call:
                Add("call"u8);
                Add(Encoding.UTF8.GetBytes(call.Method.ToUpperInvariant()));
                Add(call.Arguments.Span);
                break;
            case FetchTurn fetch:
                Add("fetch"u8);
                Add(Encoding.UTF8.GetBytes($"{fetch.Request.Method} {fetch.Request.Path}?{fetch.Request.Query}"));
                Add(fetch.Request.Body.Span);
                break;
            case SignalTurn signal:
                Add("signal"u8);
                Add(Encoding.UTF8.GetBytes(signal.Signal.Method.ToUpperInvariant()));
                Add(signal.Signal.Arguments.Span);
                break;
        }
        return hash.GetHashAndReset();
    }
}
