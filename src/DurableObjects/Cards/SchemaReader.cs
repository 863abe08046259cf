using DurableObjects.Storage;

namespace DurableObjects.Cards;

/// <summary>Reads the tables of an object's own out of SQLite's schema.</summary>
internal static class SchemaReader
{
    /// <summary>
    /// Tables of the object, without those in which virtual ones are stored: SQLite names these after the virtual one (its documentation
    /// of FTS5, "FTS5 Data Structures").
    /// </summary>
    private const string TablesSql =
        $"""
        SELECT name FROM sqlite_master AS one
        WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
            AND lower(substr(name, 1, 4)) <> '{RuntimeSchema.Prefix}'
            AND NOT EXISTS (
                SELECT 1 FROM sqlite_master AS virtual
                WHERE virtual.sql LIKE 'CREATE VIRTUAL%' AND substr(one.name, 1, length(virtual.name) + 1) = virtual.name || '_')
        ORDER BY name
        """;

    /// <summary>1 in <c>hidden</c> is a column by which a virtual table takes arguments.</summary>
    private const string ColumnsSql = "SELECT name, type, pk, \"notnull\" FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid";

    private const string IndexesSql = "SELECT name, \"unique\" FROM pragma_index_list(?) WHERE origin <> 'pk' ORDER BY name";

    private const string IndexColumnsSql = "SELECT name FROM pragma_index_info(?) ORDER BY seqno";

    public static StorageSchema Read(SqliteDatabase database) => new(
    [
        .. Rows(database, TablesSql, null, row => row.Text(0)).Select(table => new TableSchema(
            table,
            Rows(database, ColumnsSql, table, row =>
                new ColumnSchema(row.Text(0), row.Text(1), row.Int64(2) > 0, row.Int64(3) != 0)),
            [
                .. Rows(database, IndexesSql, table, row => (Name: row.Text(0), IsUnique: row.Int64(1) != 0)).Select(index =>
                    new IndexSchema(index.Name, index.IsUnique, Rows(database, IndexColumnsSql, index.Name, row => row.TextOrNull(0)))),
            ])),
    ]);

    private static List<T> Rows<T>(SqliteDatabase database, string sql, string? of, Func<SqliteStatement, T> read)
    {
        List<T> rows = [];
        using StatementUse use = database.Use(sql, out SqliteStatement statement);
        if (of is not null)
        {
            statement.BindText(1, of);
        }
        while (statement.Step())
        {
            rows.Add(read(statement));
        }
        return rows;
    }
}
