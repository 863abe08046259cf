namespace DurableObjects.Storage;

/// <summary>The object's one alarm.</summary>
/// <param name="Scheduled">When it was set to fire, in milliseconds since 1970.</param>
/// <param name="Due">When it will: the same, or the time of the next retry.</param>
/// <param name="Retries">How often it failed.</param>
internal readonly record struct AlarmRow(long Scheduled, long Due, int Retries);

/// <summary>The table of the one alarm.</summary>
internal sealed class AlarmTable(SqliteDatabase database)
{
    private const string Table = RuntimeSchema.Prefix + "alarm";
    private const string GetSql = $"SELECT scheduled, due, retries FROM {Table}";
    private const string SetSql = $"INSERT OR REPLACE INTO {Table}(one, scheduled, due, retries) VALUES (1, ?1, ?2, ?3)";

    public AlarmRow? Get()
    {
        using StatementUse use = database.Use(GetSql, out SqliteStatement statement);
        return statement.Step() ? new AlarmRow(statement.Int64(0), statement.Int64(1), statement.Int32(2)) : null;
    }

    public void Set(AlarmRow row)
    {
        using StatementUse use = database.Use(SetSql, out SqliteStatement statement);
        statement.Bind(1, row.Scheduled).Bind(2, row.Due).Bind(3, row.Retries).Step();
    }

    public void Delete() => database.Execute($"DELETE FROM {Table}");
}
