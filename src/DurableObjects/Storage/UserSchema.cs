using DurableObjects.Signals;

namespace DurableObjects.Storage;

/// <summary>What an object has made in its database beside the runtime's tables.</summary>
internal static class UserSchema
{
    private const string ListSql =
        "SELECT type, name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master WHERE type IN ('table', 'view', 'trigger')";

    private const string OwnedSql =
        "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_master "
        + $"WHERE lower(substr(name, 1, 4)) = '{RuntimeSchema.Prefix}' ORDER BY name";

    private const string ForeignKeysSql =
        "SELECT count(*) FROM sqlite_master AS owner, pragma_foreign_key_list(owner.name) AS reference "
        + $"WHERE owner.type = 'table' AND lower(substr(reference.\"table\", 1, 4)) = '{RuntimeSchema.Prefix}'";

    /// <summary>
    /// Whether a table of the object refers to one of the runtime's, which the authorizer is not asked about. The runtime's own
    /// SQL would fail on it.
    /// </summary>
    public static bool RefersToRuntime(SqliteDatabase database)
    {
        using StatementUse use = database.Use(ForeignKeysSql, out SqliteStatement statement);
        statement.Step();
        return statement.Int64(0) > 0;
    }

    /// <summary>Drops all of it and clears the key-value store, the alarm, the automatic answer the record of migrations and what is to be told of a return.</summary>
    public static void DropAll(SqliteDatabase database)
    {
        database.SetForeignKeys(false);
        try
        {
            // Virtual tables first: they take the tables that they are stored in along.
            foreach ((string type, string name, _) in List(database).OrderByDescending(item => item.Type == "trigger")
                .ThenByDescending(item => item.Type == "view").ThenByDescending(item => item.IsVirtual).ToList())
            {
                database.ExecuteScript($"DROP {type} IF EXISTS \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            }
        }
        finally
        {
            database.SetForeignKeys(true);
        }
        new KeyValueTable(database).Clear();
        new AlarmTable(database).Delete();
        new InboxTable(database).DropParked();
        MetaTable meta = new(database);
        meta.Set(MetaTable.Migrations, null);
        meta.Set(MetaTable.AlarmError, null);
        meta.Set(MetaTable.RestoreError, null);
        meta.Set(MetaTable.Returned, null);
        meta.Set(MetaTable.AutoRequest, null);
        meta.Set(MetaTable.AutoResponse, null);
    }

    /// <summary>
    /// What there is under the runtime's names, as text to be compared. Renaming to one of them and dropping a column of the
    /// runtime's are what the authorizer does not see.
    /// </summary>
    public static string RuntimeText(SqliteDatabase database)
    {
        List<string> found = [];
        using StatementUse use = database.Use(OwnedSql, out SqliteStatement statement);
        while (statement.Step())
        {
            found.Add(statement.Text(0));
        }
        return string.Join('\n', found);
    }

    private static List<(string Type, string Name, bool IsVirtual)> List(SqliteDatabase database)
    {
        List<(string, string, bool)> found = [];
        using StatementUse use = database.Use(ListSql, out SqliteStatement statement);
        while (statement.Step())
        {
            string name = statement.Text(1);
            if (!RuntimeSchema.Owns(name) && !name.StartsWith("sqlite_sequence", StringComparison.OrdinalIgnoreCase))
            {
                found.Add((statement.Text(0), name, statement.Int64(2) != 0));
            }
        }
        return found;
    }
}
