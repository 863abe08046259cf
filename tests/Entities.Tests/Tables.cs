using SQLitePCL;

namespace DurableObjects.Entities.Tests;

/// <summary>Changes of an object's tables past the object, for states that would take it too long to come to.</summary>
internal static class Tables
{
    /// <summary>Runs SQL on the database of an object that is hibernated.</summary>
    public static void Change(string path, string sql)
    {
        Check(raw.sqlite3_open(path, out sqlite3 database));
        using (database)
        {
            Check(raw.sqlite3_exec(database, sql));
        }

        static void Check(int code) => Assert.Equal(raw.SQLITE_OK, code);
    }
}
