namespace DurableObjects.Storage;

/// <summary>The key-value store's table: bytes in, bytes out, in the order of the keys' UTF-8 bytes.</summary>
internal sealed class KeyValueTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "kv";
    private const string GetSql = $"SELECT value FROM {Table} WHERE key = ?1";
    private const string PutSql = $"INSERT INTO {Table}(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE key = ?1";
    private const string ListSql = $"SELECT key, value FROM {Table} WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    private const string ListReverseSql = $"SELECT key, value FROM {Table} WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";

    /// <summary>Above every key, since no byte of UTF-8 is 255.</summary>
    private static ReadOnlySpan<byte> AboveAll => [0xff];

    /// <summary>Reads a value; the reader sees whether it is text (JSON) or a blob.</summary>
    public T? Get<T>(ReadOnlySpan<byte> key, Func<SqliteStatement, int, T> read, out bool found)
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        found = statement.BindBlob(1, key).Step();
        return found ? read(statement, 0) : default;
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isText)
    {
        using StatementUse use = database.Use(PutSql, out SqliteStatement statement);
        statement.BindBlob(1, key);
        (isText ? statement.BindText(2, value) : statement.BindBlob(2, value)).Step();
    }

    public bool Delete(ReadOnlySpan<byte> key)
    {
        int before = database.TotalChanges;
        using StatementUse use = database.Use(DeleteSql, out SqliteStatement statement);
        statement.BindBlob(1, key).Step();
        return database.TotalChanges != before;
    }

    /// <summary>Visits keys from the lower bound (inclusive) to the upper one (exclusive; null for the end).</summary>
    public void List(ReadOnlySpan<byte> from, byte[]? to, bool reverse, long limit, Action<string, SqliteStatement> visit)
    {
        using StatementUse use = database.Use(reverse ? ListReverseSql : ListSql, out SqliteStatement statement);
        statement.BindBlob(1, from).BindBlob(2, to ?? AboveAll).Bind(3, limit);
        while (statement.Step())
        {
            visit(StrictUtf8.Text(statement.Bytes(0)), statement);
        }
    }

    public void Clear() => database.Execute($"DELETE FROM {Table}");
}
