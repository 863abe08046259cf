namespace DurableObjects.Storage;

/// <summary>Single facts of the runtime about an object, by name.</summary>
internal sealed class MetaTable(SqliteDatabase database)
{
    public const string Migrations = "migrations";
    public const string AlarmError = "alarm-error";
    public const string AutoRequest = "auto-request";
    public const string AutoResponse = "auto-response";
    public const string RestoreTo = "restore-to";
    public const string RestoreError = "restore-error";
    public const string Returned = "returned";
    public const string Label = "label";

    private const string Table = RuntimeSchema.Prefix + "meta";
    private const string GetSql = $"SELECT value FROM {Table} WHERE key = ?1";
    private const string SetSql = $"INSERT INTO {Table}(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
    private const string DeleteSql = $"DELETE FROM {Table} WHERE key = ?1";

    public long? Number(string key) => Get(key) as long?;

    public string? Text(string key) => Get(key) as string;

    public void Set(string key, object? value)
    {
        using StatementUse use = database.Use(value is null ? DeleteSql : SetSql, out SqliteStatement statement);
        statement.BindText(1, key);
        if (value is not null)
        {
            statement.BindValue(2, value);
        }
        statement.Step();
    }

    private object? Get(string key)
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        statement.BindText(1, key);
        return statement.Step() ? statement.Value(0) : null;
    }
}
