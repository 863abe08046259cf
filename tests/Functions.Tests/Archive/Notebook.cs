using System.Globalization;
using System.Text;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>An object that stores what it is told to, can say all of it, and returns to bookmarks.</summary>
[DurableObject("notebook")]
public sealed class Notebook(ObjectContext context) : DurableObject(context)
{
    protected override IReadOnlyList<string> Migrations => ["CREATE TABLE page(i INTEGER PRIMARY KEY, v)"];

    /// <summary>Writes rows that compress badly.</summary>
    public void Write(int rows, int length, int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[length / 2];
        for (int i = 0; i < rows; i++)
        {
            random.NextBytes(bytes);
            Storage.Sql.Exec("INSERT INTO page(v) VALUES (?)", Convert.ToHexString(bytes));
        }
    }

    /// <summary>Overwrites a value, so that what is committed grows and what is stored does not.</summary>
    public void Put(string key, int seed)
    {
        byte[] bytes = new byte[4_000];
        new Random(seed).NextBytes(bytes);
        Storage.Put(key, Convert.ToHexString(bytes));
    }

    /// <summary>Deletes every row of some.</summary>
    public void Thin(int every) => Storage.Sql.Exec("DELETE FROM page WHERE i % ? = 0", every);

    public Task<string> Return(string bookmark) => Storage.RestoreOnNextWakeAsync(bookmark).AsTask();

    [ReadOnlyMethod]
    public string Everything()
    {
        StringBuilder text = new();
        foreach ((string key, string value) in Storage.List<string>())
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
        }
        foreach (SqlRow row in Storage.Sql.Exec("SELECT i, v FROM page ORDER BY i"))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Get<long>(0)}:{row.Get<string>(1)}\n");
        }
        return text.ToString();
    }
}
