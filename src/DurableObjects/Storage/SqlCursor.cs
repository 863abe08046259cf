using System.Collections;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects;

/// <summary>
/// The rows of a statement, read once and forward, within the turn that ran it. <c>foreach</c> over it, or take <see cref="One"/>,
/// <see cref="As{T}"/> or <see cref="Raw"/>.
/// </summary>
public sealed class SqlCursor : IEnumerable<SqlRow>
{
    private readonly SqliteDatabase _database;
    private readonly TurnGuard _guard;
    private readonly TurnScope _scope;
    private readonly Queue<object?[]> _buffered = [];
    private SqliteStatement? _statement;
    private string[] _columnNames = [];
    private bool _onRow;
    private bool _cutOff;
    private long _returned;
    private long _scanned;

    internal SqlCursor(SqliteDatabase database, TurnGuard guard, TurnScope scope, SqliteStatement statement)
    {
        _database = database;
        _guard = guard;
        _scope = scope;
        _statement = statement;
        statement.InUse = true;
    }

    /// <summary>The names of the columns, in order.</summary>
    public IReadOnlyList<string> ColumnNames => _columnNames;

    /// <summary>Rows read so far: those returned, or those that full scans stepped over, whichever is more.</summary>
    public long RowsRead => Math.Max(_returned, _scanned);

    /// <summary>Rows inserted, updated or deleted, by triggers and foreign keys too.</summary>
    public long RowsWritten { get; private set; }

    /// <summary>The only row.</summary>
    /// <exception cref="DurableObjectException">There is none, or more than one.</exception>
    public SqlRow One()
    {
        SqlRow? row = Next() ?? throw DurableObjectException.Invalid("The SQL returned no row where exactly one was expected.");
        if (Next() is not null)
        {
            throw DurableObjectException.Invalid("The SQL returned more than one row where exactly one was expected.");
        }
        return row;
    }

    /// <summary>The first row, or null.</summary>
    public SqlRow? FirstOrDefault()
    {
        SqlRow? row = Next();
        using TurnGuard.Entry entry = _guard.Enter();
        Close();
        return row;
    }

    /// <summary>The rows as records: each parameter of the type's constructor takes the column of its name.</summary>
    public IEnumerable<T> As<T>()
        where T : notnull
    {
        RowShape<T> shape = RowShape<T>.For(_columnNames);
        while (Next() is { } row)
        {
            yield return shape.Read(row);
        }
    }

    /// <summary>The rows as arrays of long, double, string, byte[] and null.</summary>
    public IEnumerable<IReadOnlyList<object?>> Raw()
    {
        while (Next() is { } row)
        {
            yield return row.Values;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<SqlRow> GetEnumerator()
    {
        while (Next() is { } row)
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Binds and takes the first step, in which a statement that writes does all its writing.</summary>
    internal void Start(ReadOnlySpan<object?> arguments)
    {
        SqliteStatement statement = _statement!;
        if (arguments.Length != statement.ParameterCount)
        {
            throw DurableObjectException.Invalid(
                $"The SQL has {statement.ParameterCount} parameters and was given {arguments.Length} arguments.");
        }
        if (!statement.IsReadOnly && _scope.IsReadOnly)
        {
            throw new DurableObjectException(
                500, ErrorCodes.ReadOnly, "SQL that writes is not allowed in a method marked read-only.");
        }
        for (int i = 0; i < arguments.Length; i++)
        {
            statement.BindValue(i + 1, arguments[i]);
        }
        if (statement.ColumnCount > 0)
        {
            _scope.Add(this);
        }
        long schema = statement.ChangesSchema ? _database.SchemaVersion : 0;
        Advance(statement);
        while (_onRow && !statement.IsReadOnly)
        {
            // RETURNING. A statement that writes and is not at its end would be in the way of every later commit and rollback.
            _buffered.Enqueue(Values(statement));
            Advance(statement);
        }
        _scope.HandlerChanged |= statement.Maintains;
        // CREATE … IF NOT EXISTS often changes nothing.
        if (statement.ChangesSchema && _database.SchemaVersion != schema)
        {
            ChangedSchema();
        }
    }

    /// <summary>Steps to the end, for a statement whose rows nobody asked for.</summary>
    internal void Finish()
    {
        while (_onRow)
        {
            Advance(_statement!);
        }
        Close();
    }

    /// <summary>Gives the statement back. Reading on finds no rows.</summary>
    internal void Close()
    {
        _buffered.Clear();
        Release();
    }

    /// <summary>Closes the cursor although rows may be left; reading on is an error then.</summary>
    internal void CutOff()
    {
        _cutOff = true;
        Close();
    }

    private static object?[] Values(SqliteStatement statement)
    {
        object?[] values = new object?[statement.ColumnCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = statement.Value(i);
        }
        return values;
    }

    private SqlRow? Next()
    {
        using TurnGuard.Entry entry = _guard.Enter();
        if (!ReferenceEquals(entry.Scope, _scope))
        {
            throw DurableObjectException.Misuse("A cursor is read within the turn that ran its SQL.");
        }
        if (_cutOff)
        {
            throw DurableObjectException.Misuse("DeleteAll has closed the cursor, with the tables that it read.");
        }
        if (!_buffered.TryDequeue(out object?[]? values))
        {
            if (!_onRow || _statement is not { } statement)
            {
                return null;
            }
            values = Values(statement);
            Advance(statement);
        }
        _returned++;
        return new SqlRow(_columnNames, values);
    }

    private void Advance(SqliteStatement statement)
    {
        int before = _database.TotalChanges;
        try
        {
            _onRow = statement.Step();
        }
        catch (Exception error)
        {
            LostTransaction.Check(_database, _scope, error);
            throw;
        }
        LostTransaction.Check(_database, _scope, null);
        if (_columnNames.Length == 0)
        {
            // Only now: the step may have compiled the statement anew for a changed schema.
            _columnNames = [.. Enumerable.Range(0, statement.ColumnCount).Select(statement.ColumnName)];
        }
        int changes = _database.TotalChanges - before;
        RowsWritten += changes;
        _scanned = statement.RowsScanned;
        if (changes > 0)
        {
            _scope.ChangedUserData();
        }
        if (!_onRow)
        {
            Release();
        }
    }

    private void Release()
    {
        SqliteStatement? statement = _statement;
        if (statement is null)
        {
            return;
        }
        _statement = null;
        _onRow = false;
        statement.InUse = false;
        if (statement.IsCached)
        {
            statement.Reset();
        }
        else
        {
            statement.Dispose();
        }
    }

    private void ChangedSchema()
    {
        if (UserSchema.RuntimeText(_database) != RuntimeSchema.Text || UserSchema.RefersToRuntime(_database))
        {
            _scope.Dead = new DurableObjectException(
                500, ErrorCodes.SqlFailed, $"SQL: tables and names that start with '{RuntimeSchema.Prefix}' are the runtime's.");
            throw _scope.Dead;
        }
        _scope.ChangedUserData();
    }
}
