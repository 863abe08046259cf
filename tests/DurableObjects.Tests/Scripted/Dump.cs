using DurableObjects.Harness;
using DurableObjects.Storage;

namespace DurableObjects.Tests.Scripted;

/// <summary>What a database holds, as text that can be compared.</summary>
internal static class Dump
{
    /// <summary>Every table's schema and rows, in order.</summary>
    public static string Of(string path)
    {
        using SqliteDatabase database = SqliteDatabase.OpenPlain(path);
        List<string> lines = [.. Rows(database, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")];
        foreach (string table in Column(database, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
        {
            lines.Add($"-- {table}");
            lines.AddRange(Rows(database, $"SELECT * FROM \"{table}\" ORDER BY 1"));
        }
        return string.Join("\n", lines);
    }

    public static string IntegrityOf(string path)
    {
        using SqliteDatabase database = SqliteDatabase.OpenPlain(path);
        return string.Join("\n", Column(database, "PRAGMA integrity_check"));
    }

    /// <summary>
    /// Asserts that the history of an object makes its database: the file built from the commits is sound and byte-equal to the
    /// live one.
    /// </summary>
    public static async Task AssertHistoryMakesDatabaseAsync(TestHost host, ObjectAddress address)
    {
        await host.HibernateAllAsync();
        string path = host.DatabaseOf(address);
        string rebuilt = path + ".rebuilt";
        await host.RebuildAsync(address, host.SummaryOf(address).Head.Commit, rebuilt);
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(rebuilt)), "The rebuilt database differs.");
        Assert.Equal("ok", IntegrityOf(rebuilt));
        DatabaseFile.Delete(rebuilt);
    }

    private static List<string> Column(SqliteDatabase database, string sql)
    {
        List<string> found = [];
        using StatementUse use = database.Use(sql, out SqliteStatement statement);
        while (statement.Step())
        {
            found.Add(statement.Text(0));
        }
        return found;
    }

    private static List<string> Rows(SqliteDatabase database, string sql)
    {
        List<string> rows = [];
        using StatementUse use = database.Use(sql, out SqliteStatement statement);
        while (statement.Step())
        {
            rows.Add(string.Join("|", Enumerable.Range(0, statement.ColumnCount).Select(column => statement.Value(column) switch
            {
                byte[] bytes => Convert.ToHexString(bytes),
                var value => value?.ToString() ?? "NULL",
            })));
        }
        return rows;
    }
}
