using System.Text.Json;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Signals;

/// <summary>A signal that was received and not yet handled.</summary>
internal sealed record InboxRow(
    long Sequence, Caller Caller, byte[] Stream, string Method, byte[] Arguments, long Received, int Attempts);

/// <summary>
/// Signals that were received and could not be handled at once. The first of each stream is due at a time; those behind it wait
/// (no due time, no error); those given up on are parked (no due time, but an error) and hold up nobody.
/// </summary>
internal sealed class InboxTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "inbox";
    private const string InsertSql =
        $"INSERT INTO {Table}(caller, stream, method, arguments, received, attempts, due, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    private const string HasLineSql = $"SELECT 1 FROM {Table} WHERE stream = ?1 AND (due IS NOT NULL OR error IS NULL) LIMIT 1";
    private const string FirstDueSql =
        $"SELECT sequence, caller, stream, method, arguments, received, attempts, due FROM {Table} "
        + "WHERE due IS NOT NULL ORDER BY due, sequence LIMIT 1";
    private const string NextDueSql = $"SELECT min(due) FROM {Table} WHERE due IS NOT NULL";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE sequence = ?1";
    private const string RetrySql = $"UPDATE {Table} SET attempts = ?2, due = ?3, error = ?4 WHERE sequence = ?1";
    private const string MoveUpSql =
        $"UPDATE {Table} SET due = ?2 WHERE sequence = "
        + $"(SELECT min(sequence) FROM {Table} WHERE stream = ?1 AND due IS NULL AND error IS NULL)";
    private const string IsParked = "due IS NULL AND error IS NOT NULL";
    private const string CountParkedSql = $"SELECT count(*) FROM {Table} WHERE {IsParked}";
    private const string CountSql = $"SELECT count(*) FROM {Table}";
    private const string ListParkedSql =
        $"SELECT caller, method, attempts, received, error FROM {Table} WHERE {IsParked} ORDER BY sequence LIMIT ?1";
    private const string UnparkSql = $"UPDATE {Table} SET attempts = 0, error = NULL WHERE {IsParked}";
    private const string StartLinesSql =
        $"UPDATE {Table} SET due = ?1 WHERE sequence IN (SELECT min(sequence) FROM {Table} GROUP BY stream HAVING max(due) IS NULL)";
    private const string DropParkedSql = $"DELETE FROM {Table} WHERE {IsParked}";

    public void Insert(InboxRow row, long? due, string? error)
    {
        using StatementUse use = database.Use(InsertSql, out SqliteStatement statement);
        statement.BindText(1, JsonSerializer.Serialize(row.Caller, ObjectJson.Options)).BindBlob(2, row.Stream)
            .BindText(3, row.Method).BindBlob(4, row.Arguments)
            .Bind(5, row.Received).Bind(6, row.Attempts).BindText(8, error);
        (due is { } time ? statement.Bind(7, time) : statement.BindNull(7)).Step();
    }

    /// <summary>Whether a signal of the stream is still to be handled, so that a later one must line up behind it.</summary>
    public bool HasLine(byte[] stream)
    {
        using StatementUse use = database.Use(HasLineSql, out SqliteStatement statement);
        return statement.BindBlob(1, stream).Step();
    }

    public (InboxRow Row, long Due)? FirstDue()
    {
        using StatementUse use = database.Use(FirstDueSql, out SqliteStatement row);
        return row.Step()
            ? (new InboxRow(
                row.Int64(0), CallerOf(row, 1), row.Bytes(2).ToArray(), row.Text(3), row.Bytes(4).ToArray(), row.Int64(5), row.Int32(6)),
                row.Int64(7))
            : null;
    }

    public long? NextDue()
    {
        using StatementUse use = database.Use(NextDueSql, out SqliteStatement statement);
        return statement.Step() && !statement.IsNull(0) ? statement.Int64(0) : null;
    }

    /// <summary>Takes a signal out and lets the next of its stream move up.</summary>
    public void Done(InboxRow row, long now)
    {
        using (database.Use(DeleteSql, out SqliteStatement delete))
        {
            delete.Bind(1, row.Sequence).Step();
        }
        MoveUp(row.Stream, now);
    }

    public void Retry(InboxRow row, int attempts, long due, string error) => Set(row, attempts, due, error);

    /// <summary>Gives a signal up; the next of its stream moves up.</summary>
    public void Park(InboxRow row, int attempts, string error, long now)
    {
        Set(row, attempts, null, error);
        MoveUp(row.Stream, now);
    }

    public int Count() => Number(CountSql);

    public int CountParked() => Number(CountParkedSql);

    public List<ParkedSignal> ListParked(int limit)
    {
        List<ParkedSignal> parked = [];
        using StatementUse use = database.Use(ListParkedSql, out SqliteStatement row);
        row.Bind(1, limit);
        while (row.Step())
        {
            parked.Add(new ParkedSignal(
                CallerOf(row, 0).Id, row.Text(1), row.Int32(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)), row.Text(4)));
        }
        return parked;
    }

    /// <summary>Lines the parked signals up again, each in its place in its stream.</summary>
    public void RetryParked(long now)
    {
        database.Execute(UnparkSql);
        using StatementUse use = database.Use(StartLinesSql, out SqliteStatement statement);
        statement.Bind(1, now).Step();
    }

    public void DropParked() => database.Execute(DropParkedSql);

    private void Set(InboxRow row, int attempts, long? due, string error)
    {
        using StatementUse use = database.Use(RetrySql, out SqliteStatement statement);
        statement.Bind(1, row.Sequence).Bind(2, attempts).BindText(4, error);
        (due is { } time ? statement.Bind(3, time) : statement.BindNull(3)).Step();
    }

    private void MoveUp(byte[] stream, long now)
    {
        using StatementUse use = database.Use(MoveUpSql, out SqliteStatement statement);
        statement.BindBlob(1, stream).Bind(2, now).Step();
    }

    private static Caller CallerOf(SqliteStatement row, int column) =>
        JsonSerializer.Deserialize<Caller>(row.Bytes(column), ObjectJson.Options) ?? Caller.Anonymous;

    private int Number(string sql)
    {
        using StatementUse use = database.Use(sql, out SqliteStatement statement);
        statement.Step();
        return statement.Int32(0);
    }
}
