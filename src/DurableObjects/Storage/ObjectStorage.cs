using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects;

/// <summary>
/// An object's private storage: a key-value store, SQL, nested transactions and the alarm, on one SQLite database. Synchronous,
/// because the database is local by the time a turn runs. Everything belongs to the turn's transaction: it commits with the turn
/// or is gone with it.
/// </summary>
public sealed partial class ObjectStorage
{
    private readonly SqliteDatabase _database;
    private readonly TurnGuard _guard;
    private readonly TimeProvider _clock;
    private readonly KeyValueTable _keyValues;
    private readonly AlarmTable _alarm;
    private readonly ObjectPast? _past;

    internal ObjectStorage(SqliteDatabase database, TurnGuard guard, TimeProvider clock, ObjectPast? past = null)
    {
        _past = past;
        _database = database;
        _guard = guard;
        _clock = clock;
        _keyValues = new KeyValueTable(database);
        _alarm = new AlarmTable(database);
        Sql = new ObjectSql(database, guard);
    }

    /// <summary>The SQL side of the same database.</summary>
    public ObjectSql Sql { get; }

    /// <summary>The value of a key, or the type's default (null, 0, false) if there is none.</summary>
    /// <exception cref="DurableObjectException">The key is over its limit, or the value has another shape.</exception>
    public T? Get<T>(string key) => TryGet(key, out T? value) ? value : default;

    /// <summary>The value of a key, or the given one if there is none.</summary>
    public T Get<T>(string key, T otherwise) => TryGet(key, out T? value) ? value! : otherwise;

    /// <summary>The value of a key, and whether there is one.</summary>
    public bool TryGet<T>(string key, out T? value)
    {
        byte[] bytes = KeyBytes(key);
        using TurnGuard.Entry entry = _guard.Enter();
        value = _keyValues.Get(bytes, (statement, column) => StoredValue.Decode<T>(statement, column, key), out bool found);
        return found;
    }

    /// <summary>The values of several keys; those without a value are left out. At most <see cref="Limits.KeysPerOperation"/>.</summary>
    public IReadOnlyDictionary<string, T> Get<T>(IReadOnlyCollection<string> keys)
    {
        CheckCount(keys);
        Dictionary<string, T> values = [];
        foreach (string key in keys)
        {
            if (TryGet(key, out T? value))
            {
                values[key] = value!;
            }
        }
        return values;
    }

    /// <summary>
    /// Stores a value: a byte array as it is, anything else as JSON. Key and value together have at most
    /// <see cref="Limits.KeyAndValueBytes"/>.
    /// </summary>
    public void Put<T>(string key, T value)
    {
        byte[] keyBytes = KeyBytes(key);
        byte[] valueBytes = StoredValue.Encode(value, out bool isText);
        if (keyBytes.Length + valueBytes.Length > Limits.KeyAndValueBytes)
        {
            throw DurableObjectException.TooLarge(
                $"The value of key '{key}', with its key,", keyBytes.Length + valueBytes.Length, Limits.KeyAndValueBytes);
        }
        using TurnGuard.Entry entry = _guard.EnterToChange("Put");
        Run(entry.Scope, () => _keyValues.Put(keyBytes, valueBytes, isText));
        entry.Scope.ChangedUserData();
    }

    /// <summary>Stores several values. At most <see cref="Limits.KeysPerOperation"/>.</summary>
    public void Put<T>(IReadOnlyCollection<KeyValuePair<string, T>> entries)
    {
        CheckCount(entries);
        foreach ((string key, T value) in entries)
        {
            Put(key, value);
        }
    }

    /// <summary>Deletes a key; true if it had a value.</summary>
    public bool Delete(string key)
    {
        byte[] bytes = KeyBytes(key);
        using TurnGuard.Entry entry = _guard.EnterToChange("Delete");
        bool deleted = false;
        Run(entry.Scope, () => deleted = _keyValues.Delete(bytes));
        if (deleted)
        {
            entry.Scope.ChangedUserData();
        }
        return deleted;
    }

    /// <summary>Deletes several keys; how many of them had a value. At most <see cref="Limits.KeysPerOperation"/>.</summary>
    public int Delete(IReadOnlyCollection<string> keys)
    {
        CheckCount(keys);
        return keys.Count(Delete);
    }

    /// <summary>Keys and values in the order of the keys' UTF-8 bytes.</summary>
    public IReadOnlyList<KeyValuePair<string, T>> List<T>(ListOptions? options = null)
    {
        options ??= new ListOptions();
        KeyRange range = KeyRange.Of(options);
        List<KeyValuePair<string, T>> found = [];
        using TurnGuard.Entry entry = _guard.Enter();
        if (!range.IsEmpty)
        {
            _keyValues.List(range.From, range.To, options.Reverse, options.Limit ?? -1, (key, statement) =>
                found.Add(new KeyValuePair<string, T>(key, StoredValue.Decode<T>(statement, 1, key)!)));
        }
        return found;
    }

    /// <summary>
    /// Ends the object: its keys, tables, alarm, automatic answer and version are gone when the turn commits, unless the turn writes
    /// anew. What was seen of and promised to other objects stays, so that signals still arrive exactly once.
    /// </summary>
    public void DeleteAll()
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("DeleteAll");
        TurnScope scope = entry.Scope;
        scope.CutOffCursors();
        Run(scope, () => UserSchema.DropAll(_database));
        scope.ChangedUserData();
        scope.ChangedSummary();
        scope.Ended = true;
        scope.SchemaGone = true;
    }

    /// <summary>
    /// Runs an action as a transaction inside the turn's: if it throws, what it wrote and the effects it asked for are undone, and
    /// the exception goes on. Nested to <see cref="Limits.TransactionDepth"/>.
    /// </summary>
    public void Transaction(Action action) => Transaction(() =>
    {
        action();
        return true;
    });

    /// <summary>The same for a function.</summary>
    public T Transaction<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (typeof(T).IsAssignableTo(typeof(Task)) || typeof(T) == typeof(ValueTask)
            || (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            throw DurableObjectException.Misuse("A transaction is synchronous: its function may not return a task.");
        }
        Nested nested = Open();
        T result;
        try
        {
            result = function();
        }
        catch
        {
            Leave(nested, commit: false);
            throw;
        }
        Leave(nested, commit: true);
        return result;
    }

    /// <summary>
    /// The same for a function that waits for something. Await it before the turn goes on: whatever the turn does meanwhile
    /// belongs to the transaction, and transactions end in the reverse order of their beginning, or the turn fails.
    /// </summary>
    public async ValueTask TransactionAsync(Func<ValueTask> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Nested nested = Open();
        try
        {
            await function();
        }
        catch
        {
            Leave(nested, commit: false);
            throw;
        }
        Leave(nested, commit: true);
    }

    /// <summary>When the alarm is set to fire, or null. Null within the alarm's own handler, unless that set a new one.</summary>
    public DateTimeOffset? GetAlarm()
    {
        using TurnGuard.Entry entry = _guard.Enter();
        return _alarm.Get() is { } alarm ? DateTimeOffset.FromUnixTimeMilliseconds(alarm.Due) : null;
    }

    /// <summary>Sets the alarm in place of the one before. To the millisecond, never early; in the past means at once.</summary>
    public void SetAlarm(DateTimeOffset at)
    {
        long due = at.ToUnixTimeMilliseconds();
        due += at > DateTimeOffset.FromUnixTimeMilliseconds(due) && at < DateTimeOffset.MaxValue ? 1 : 0;
        using TurnGuard.Entry entry = _guard.EnterToChange("SetAlarm");
        Run(entry.Scope, () => _alarm.Set(new AlarmRow(due, due, 0)));
        entry.Scope.ChangedSummary();
        entry.Scope.Ended = false;
    }

    /// <summary>Sets the alarm to fire after a delay from now, by the model's clock.</summary>
    public void SetAlarm(TimeSpan delay) => SetAlarm(_clock.GetUtcNow() + delay);

    /// <summary>Removes the alarm, if there is one.</summary>
    public void DeleteAlarm()
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("DeleteAlarm");
        if (_alarm.Get() is not null)
        {
            Run(entry.Scope, _alarm.Delete);
            entry.Scope.ChangedSummary();
        }
    }

    /// <summary>Sets what the object is listed by, as in <see cref="ObjectSummary.Label"/>.</summary>
    internal void SetLabel(string label)
    {
        using TurnGuard.Entry entry = _guard.EnterToChange("SetLabel");
        Run(entry.Scope, () => new MetaTable(_database).Set(MetaTable.Label, label));
        entry.Scope.ChangedSummary();
    }

    private static byte[] KeyBytes(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length == 0)
        {
            throw DurableObjectException.Invalid("A key may not be empty.");
        }
        byte[] bytes = StrictUtf8.Bytes(key, "The key");
        return bytes.Length <= Limits.KeyBytes
            ? bytes
            : throw DurableObjectException.Invalid($"The key has {bytes.Length:N0} bytes; the limit is {Limits.KeyBytes:N0} bytes.");
    }

    private static void CheckCount<T>(IReadOnlyCollection<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count > Limits.KeysPerOperation)
        {
            throw DurableObjectException.Invalid(
                $"{items.Count:N0} keys in one operation; the limit is {Limits.KeysPerOperation}.");
        }
    }

    private void Run(TurnScope scope, Action write) => LostTransaction.Watch(_database, scope, write);

    private Nested Open()
    {
        using TurnGuard.Entry entry = _guard.Enter();
        TurnScope scope = entry.Scope;
        if (scope.TransactionDepth == Limits.TransactionDepth)
        {
            throw DurableObjectException.Invalid($"Transactions are nested deeper than the limit of {Limits.TransactionDepth}.");
        }
        Nested nested = new(++scope.TransactionDepth, scope.SetMark());
        _database.Execute($"SAVEPOINT {nested.Name}");
        return nested;
    }

    private void Leave(Nested nested, bool commit)
    {
        using TurnGuard.Entry entry = _guard.Enter();
        if (entry.Scope.TransactionDepth != nested.Depth)
        {
            // What was written since belongs to two transactions, so neither can be undone by itself.
            entry.Scope.Dead = DurableObjectException.Misuse("A transaction ended before one that began within it.");
            throw entry.Scope.Dead;
        }
        entry.Scope.TransactionDepth--;
        if (!commit)
        {
            entry.Scope.ReturnTo(nested.Mark);
            _database.Execute($"ROLLBACK TO {nested.Name}");
        }
        _database.Execute($"RELEASE {nested.Name}");
    }

    private readonly record struct Nested(int Depth, TurnScope.Mark Mark)
    {
        public string Name => $"{RuntimeSchema.Prefix}{Depth}";
    }
}
