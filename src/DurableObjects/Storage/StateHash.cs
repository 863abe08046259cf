using System.Security.Cryptography;
using System.Text;

namespace DurableObjects.Storage;

/// <summary>
/// A hash of what an object has stored: its schema, the rows of its tables, its keys and values. The same for the same content,
/// wherever in the file it lies; the runtime's other tables and the alarm are not in it.
/// </summary>
internal static class StateHash
{
    private const string SchemaSql =
        "SELECT type, name, coalesce(sql, '') FROM sqlite_master "
        + $"WHERE lower(substr(name, 1, 4)) <> '{RuntimeSchema.Prefix}' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";

    private const string KeyValues = RuntimeSchema.Prefix + "kv";

    /// <summary>64 hex digits of SHA-256. It reads everything.</summary>
    public static string Of(SqliteDatabase database)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<string> tables = [KeyValues];
        using (database.Use(SchemaSql, out SqliteStatement schema))
        {
            while (schema.Step())
            {
                AddRow(hash, schema);
                // A virtual table has its content in ordinary ones beside it.
                if (schema.Text(0) == "table" && !schema.Text(2).StartsWith("CREATE VIRTUAL", StringComparison.OrdinalIgnoreCase))
                {
                    tables.Add(schema.Text(1));
                }
            }
        }
        foreach (string table in tables)
        {
            AddTable(database, hash, table);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AddTable(SqliteDatabase database, IncrementalHash hash, string table)
    {
        Add(hash, 'T', Encoding.UTF8.GetBytes(table));
        // Not by an index, whose order would not be the table's own.
        byte[] sql = Encoding.UTF8.GetBytes($"SELECT * FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\" NOT INDEXED");
        using SqliteStatement rows = database.CompileOnce(sql);
        while (rows.Step())
        {
            AddRow(hash, rows);
        }
    }

    private static void AddRow(IncrementalHash hash, SqliteStatement row)
    {
        Add(hash, 'R', BitConverter.GetBytes(row.ColumnCount));
        for (int column = 0; column < row.ColumnCount; column++)
        {
            switch (row.Value(column))
            {
                case long number:
                    Add(hash, 'i', BitConverter.GetBytes(number));
                    break;
                case double number:
                    Add(hash, 'd', BitConverter.GetBytes(number));
                    break;
                case string:
                    Add(hash, 't', row.Bytes(column));
                    break;
                case byte[] bytes:
                    Add(hash, 'b', bytes);
                    break;
                default:
                    Add(hash, 'n', []);
                    break;
            }
        }
    }

    private static void Add(IncrementalHash hash, char kind, ReadOnlySpan<byte> content)
    {
        Span<byte> prefix = stackalloc byte[5];
        prefix[0] = (byte)kind;
        BitConverter.TryWriteBytes(prefix[1..], content.Length);
        hash.AppendData(prefix);
        hash.AppendData(content);
    }
}
