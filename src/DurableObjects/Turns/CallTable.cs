using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>
/// Calls that have run, for hosts that may deliver one twice. Ids that grow with time (UUID version 7, RFC 9562) keep the table's
/// changes on few pages.
/// </summary>
internal sealed class CallTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "call";
    private const string FindSql = $"SELECT answer FROM {Table} WHERE id = ?1 AND at > ?2";
    private const string SetSql = $"INSERT OR REPLACE INTO {Table}(id, at, answer) VALUES (?1, ?2, ?3)";
    private const string ForgetSql = $"DELETE FROM {Table} WHERE at <= ?1";

    /// <summary>What was remembered of a call; empty if nothing was.</summary>
    public ReadOnlyMemory<byte> Find(Guid id, DateTimeOffset now)
    {
        using StatementUse use = database.Use(FindSql, out SqliteStatement statement);
        return statement.BindBlob(1, KeyOf(id)).Bind(2, Oldest(now)).Step() ? statement.Bytes(0).ToArray() : default;
    }

    public void Remember(IReadOnlyList<RememberedCall> calls, DateTimeOffset now)
    {
        using (database.Use(ForgetSql, out SqliteStatement forget))
        {
            forget.Bind(1, Oldest(now)).Step();
        }
        foreach (RememberedCall call in calls)
        {
            using StatementUse use = database.Use(SetSql, out SqliteStatement statement);
            statement.BindBlob(1, KeyOf(call.Id)).Bind(2, call.At.ToUnixTimeMilliseconds()).BindBlob(3, call.Answer.Span).Step();
        }
    }

    private static byte[] KeyOf(Guid id) => id.ToByteArray(bigEndian: true);

    private static long Oldest(DateTimeOffset now) => (now - Limits.CallMemory).ToUnixTimeMilliseconds();
}
