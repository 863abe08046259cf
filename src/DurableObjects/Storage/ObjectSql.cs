using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects;

/// <summary>SQL on the object's own database (SQLite's dialect, with JSON functions and FTS5).</summary>
public sealed class ObjectSql
{
    private readonly SqliteDatabase _database;
    private readonly TurnGuard _guard;

    internal ObjectSql(SqliteDatabase database, TurnGuard guard)
    {
        _database = database;
        _guard = guard;
    }

    /// <summary>Bytes of the object's database, free pages included. At most <see cref="Limits.DatabaseBytes"/>.</summary>
    public long DatabaseSize
    {
        get
        {
            using TurnGuard.Entry entry = _guard.Enter();
            return SizeOf(_database);
        }
    }

    /// <summary>
    /// Runs SQL. What it writes is written when the call returns; what it reads comes out of the cursor. Of several statements
    /// the last gets the arguments and the cursor.
    /// </summary>
    /// <param name="sql">One or more statements, at most <see cref="Limits.SqlStatementBytes"/>.</param>
    /// <param name="arguments">
    /// Values for <c>?</c>, <c>?1</c> and so on: null, text, numbers, booleans (0 or 1), byte arrays, and as text
    /// DateTimeOffset (round-trip form, UTC), Guid, decimal and enums.
    /// </param>
    /// <exception cref="DurableObjectException">The SQL fails, or does what objects may not do.</exception>
    public SqlCursor Exec(string sql, params ReadOnlySpan<object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(sql);
        using TurnGuard.Entry entry = _guard.Enter();
        return Run(_database, _guard, entry.Scope, sql, arguments);
    }

    internal static long SizeOf(SqliteDatabase database)
    {
        using StatementUse use = database.Use("PRAGMA page_count", out SqliteStatement statement);
        statement.Step();
        return statement.Int64(0) * SqliteDatabase.PageBytes;
    }

    internal static SqlCursor Run(
        SqliteDatabase database, TurnGuard guard, TurnScope scope, string sql, ReadOnlySpan<object?> arguments)
    {
        SqliteStatement? statement = database.User(sql, out ReadOnlyMemory<byte> rest);
        if (statement is null)
        {
            throw DurableObjectException.Invalid("The SQL text holds no statement.");
        }
        while (true)
        {
            // The next is compiled only when this one has run: it may need what this one makes.
            SqlCursor cursor = new(database, guard, scope, statement);
            try
            {
                cursor.Start(rest.IsEmpty ? arguments : []);
            }
            catch
            {
                cursor.Close();
                throw;
            }
            if (rest.IsEmpty || database.User(rest, out rest) is not { } next)
            {
                return cursor;
            }
            cursor.Finish();
            statement = next;
        }
    }
}
