using System.Globalization;
using System.Text;

namespace DurableObjects.Embedded.Tests.Recovery;

/// <summary>An object that stores what it is told to, in every way there is, and can say all of it.</summary>
[DurableObject("sheet")]
public sealed class Sheet(ObjectContext context) : DurableObject(context)
{
    private static readonly string[] Tables = ["a", "b", "c"];

    public void Put(string key, int length, int seed) => Storage.Put(key, Text(length, seed));

    public void Remove(string key) => Storage.Delete(key);

    public void Insert(string table, int rows, int length, int seed)
    {
        Storage.Sql.Exec($"CREATE TABLE IF NOT EXISTS {table}(i INTEGER PRIMARY KEY, v)");
        Storage.Sql.Exec($"CREATE INDEX IF NOT EXISTS {table}_v ON {table}(v)");
        for (int i = 0; i < rows; i++)
        {
            Storage.Sql.Exec($"INSERT INTO {table}(v) VALUES (?)", Text(length, seed + i));
        }
    }

    public void Thin(string table, int every)
    {
        if (Has(table))
        {
            Storage.Sql.Exec($"DELETE FROM {table} WHERE i % ? = 0", every);
        }
    }

    public void Drop(string table) => Storage.Sql.Exec($"DROP TABLE IF EXISTS {table}");

    public void Clear() => Storage.DeleteAll();

    public string Bookmark() => Storage.CurrentBookmark();

    public async Task<string> At(DateTimeOffset time) => await Storage.BookmarkForTimeAsync(time);

    /// <summary>All that is stored, as text.</summary>
    public string Everything()
    {
        StringBuilder text = new();
        foreach ((string key, string value) in Storage.List<string>())
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
        }
        foreach (string table in Tables.Where(Has))
        {
            text.Append(CultureInfo.InvariantCulture, $"[{table}]\n");
            foreach (SqlRow row in Storage.Sql.Exec($"SELECT i, v FROM {table} ORDER BY i"))
            {
                text.Append(CultureInfo.InvariantCulture, $"{row.Get<long>(0)}:{row.Get<string>(1)}\n");
            }
        }
        return text.ToString();
    }

    private bool Has(string table) =>
        Storage.Sql.Exec("SELECT count(*) FROM sqlite_master WHERE name = ?", table).One().Get<long>(0) > 0;

    /// <summary>Text that compresses badly, so that pages are full.</summary>
    private static string Text(int length, int seed)
    {
        byte[] bytes = new byte[(length + 1) / 2];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}
