using System.Text;
using SQLitePCL;

namespace DurableObjects.Storage;

/// <summary>
/// One connection to an object's database file. Not thread-safe but for <see cref="Interrupt"/>: whoever uses it holds the
/// turn's lock.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    /// <summary>
    /// Bytes of a page, and so the least that a commit can be. Small, because most turns change a row; with larger pages a
    /// counter's commit is mostly unchanged bytes.
    /// </summary>
    public const int PageBytes = 1_024;

    /// <summary>SQLite's page cache per connection, in KiB. Small, since a host holds thousands; a larger transaction spills.</summary>
    private const int CacheKibibytes = 512;

    /// <summary>Compiled statements kept per connection. Above what an object class has, so that only generated SQL evicts.</summary>
    private const int CachedStatements = 128;

    /// <summary>Bytes of a row of the runtime's own: a remembered answer is the largest, in Base64 with headers.</summary>
    private const int RuntimeRowBytes = Limits.ResponseBytes / 3 * 4 + 256 * 1_024;

    /// <summary>How long to wait for another connection to the file, which holds its locks for microseconds.</summary>
    private const int BusyMilliseconds = 1_000;

    private const int LookasideBytes = 256;
    private const int LookasideSlots = 32;

    private const int LengthLimit = 0;

    /// <summary>
    /// SQLite's way to files for a process that has them to itself, as a host has its folder: connections share the index of the log in
    /// memory instead of in a file beside it, which would be made and deleted at each wake, and lock nothing at each read. Windows has
    /// no such way.
    /// </summary>
    private static readonly string? Vfs = OperatingSystem.IsWindows() ? null : "unix-excl";

    private readonly sqlite3 _handle;
    private readonly SqlAuthorizer _authorizer = new();
    private readonly Dictionary<string, SqliteStatement> _runtimeStatements = [];
    private readonly Dictionary<string, SqliteStatement> _userStatements = [];
    private long _maxBytes;
    private bool _disposed;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>The version of the SQLite library.</summary>
    public static string LibraryVersion => raw.sqlite3_libversion().utf8_to_string();

    public sqlite3 Handle => _handle;

    /// <summary>Whether no transaction is open: after a statement inside a turn it means that the turn was ended for it.</summary>
    public bool IsAutocommit => raw.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Rows changed since the connection was opened.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>A number that moves with every change of the schema, also within a transaction.</summary>
    public long SchemaVersion
    {
        get
        {
            using StatementUse use = Use("PRAGMA schema_version", out SqliteStatement statement);
            statement.Step();
            return statement.Int64(0);
        }
    }

    /// <summary>Opens the file of a live instance, for reading and writing, in WAL mode with checkpoints left to the runtime.</summary>
    public static SqliteDatabase OpenForTurns(string path, long maxBytes)
    {
        SqliteDatabase database = Open(path, raw.SQLITE_OPEN_READWRITE);
        database._maxBytes = maxBytes;
        try
        {
            // No fsync: the file is a cache of the host's log. Foreign keys on, as Cloudflare has them. Schema untrusted, so that
            // a view or trigger cannot do what its author could not.
            database.ExecuteScript(
                $"PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                + $"PRAGMA trusted_schema=OFF; PRAGMA cache_size=-{CacheKibibytes}; PRAGMA max_page_count={maxBytes / PageBytes}");
            database.Harden();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens the same file for a reader.</summary>
    public static SqliteDatabase OpenForReading(string path)
    {
        // Opened for writing, since a reader of a WAL keeps its mark in the shared index; query_only forbids the rest.
        SqliteDatabase database = Open(path, raw.SQLITE_OPEN_READWRITE);
        try
        {
            database.ExecuteScript(
                $"PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY;"
                + $"PRAGMA trusted_schema=OFF; PRAGMA cache_size=-{CacheKibibytes}");
            database.Harden();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens without any of the settings of an object, to make or examine a file.</summary>
    public static SqliteDatabase OpenPlain(string path) =>
        Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>A statement of the runtime's own, compiled once and kept; disposing the use makes it ready for the next.</summary>
    public StatementUse Use(string sql, out SqliteStatement statement)
    {
        if (!_runtimeStatements.TryGetValue(sql, out SqliteStatement? known))
        {
            known = Compile(Encoding.UTF8.GetBytes(sql), isUser: false, out _)
                ?? throw new ArgumentException("Empty SQL.", nameof(sql));
            _runtimeStatements.Add(sql, known);
        }
        statement = known;
        return new StatementUse(known);
    }

    /// <summary>
    /// Compiles the first statement of an object's SQL, or takes it from the cache, and says how much of the text is left. Null
    /// when the text holds only white space and comments.
    /// </summary>
    public SqliteStatement? User(string sql, out ReadOnlyMemory<byte> rest)
    {
        rest = default;
        if (_userStatements.TryGetValue(sql, out SqliteStatement? cached) && !cached.InUse)
        {
            return cached;
        }
        byte[] text = StrictUtf8.Bytes(sql, "The SQL text");
        if (text.Length > Limits.SqlStatementBytes)
        {
            throw DurableObjectException.TooLarge("The SQL text", text.Length, Limits.SqlStatementBytes);
        }
        SqliteStatement? statement = User(text, out rest);
        // A text of several statements, and one whose first copy is still being read, are compiled anew each time.
        if (statement is not null && cached is null && rest.IsEmpty)
        {
            if (_userStatements.Count >= CachedStatements)
            {
                EvictIdle();
            }
            statement.IsCached = true;
            _userStatements.Add(sql, statement);
        }
        return statement;
    }

    /// <summary>The same for what a call before left over; never cached.</summary>
    public SqliteStatement? User(ReadOnlyMemory<byte> sql, out ReadOnlyMemory<byte> rest) => Compile(sql, isUser: true, out rest);

    /// <summary>A statement of the runtime's own that is not kept; the caller disposes it.</summary>
    public SqliteStatement CompileOnce(ReadOnlyMemory<byte> sql) =>
        Compile(sql, isUser: false, out _) ?? throw new ArgumentException("Empty SQL.", nameof(sql));

    /// <summary>Steps a statement; true when it stands on a row.</summary>
    public bool Step(SqliteStatement statement)
    {
        // Stepping can compile again after a schema change, so the authorizer must know whose statement it is then, too.
        _authorizer.IsUserSql = statement.IsUser;
        bool limited = statement.IsUser && !statement.IsReadOnly;
        if (limited)
        {
            raw.sqlite3_limit(_handle, LengthLimit, Limits.SqlRowBytes);
        }
        try
        {
            int code = raw.sqlite3_step(statement.Handle);
            return code switch
            {
                raw.SQLITE_ROW => true,
                raw.SQLITE_DONE => false,
                _ => throw Error(code),
            };
        }
        finally
        {
            _authorizer.IsUserSql = false;
            if (limited)
            {
                raw.sqlite3_limit(_handle, LengthLimit, RuntimeRowBytes);
            }
        }
    }

    /// <summary>Runs a statement of the runtime's own that returns no row.</summary>
    public void Execute(string sql)
    {
        using StatementUse use = Use(sql, out SqliteStatement statement);
        while (Step(statement))
        {
        }
    }

    /// <summary>Runs several statements that nobody needs twice.</summary>
    public void ExecuteScript(string sql)
    {
        int code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
        {
            throw Error(code);
        }
    }

    /// <summary>Stops whatever SQL runs now; it fails as interrupted. The one member that any thread may call.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Frames in the WAL, which SQLite tells of a checkpoint only.</summary>
    public int LogFrames
    {
        get
        {
            const int Passive = 0;
            int code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", Passive, out int frames, out _);
            return code == raw.SQLITE_OK ? Math.Max(0, frames) : throw Error(code);
        }
    }

    /// <summary>Moves the WAL into the database file and empties it. False if a reader is in the way; nothing is lost then.</summary>
    public bool Checkpoint()
    {
        const int Truncate = 3;
        // Not waiting for readers: the object's turns would wait with it.
        raw.sqlite3_busy_timeout(_handle, 0);
        int code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", Truncate, out _, out _);
        raw.sqlite3_busy_timeout(_handle, BusyMilliseconds);
        return code switch
        {
            raw.SQLITE_OK => true,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => false,
            _ => throw Error(code),
        };
    }

    /// <summary>Lets DeleteAll drop tables in any order; SQLite applies the setting inside a transaction too.</summary>
    public void SetForeignKeys(bool on)
    {
        const int EnableForeignKeys = 1002;
        raw.sqlite3_db_config(_handle, EnableForeignKeys, on ? 1 : 0, out _);
    }

    /// <summary>The error of a failed call, as the model's.</summary>
    public DurableObjectException Error(int code)
    {
        string text = raw.sqlite3_errmsg(_handle).utf8_to_string();
        string? denied = _authorizer.TakeDenial();
        return (code & 0xff) switch
        {
            raw.SQLITE_CONSTRAINT => new DurableObjectException(409, ErrorCodes.SqlConstraint, $"SQL: {text}"),
            raw.SQLITE_FULL => new DurableObjectException(
                507, ErrorCodes.StorageFull, $"The object's database is at its limit of {_maxBytes:N0} bytes."),
            raw.SQLITE_INTERRUPT => new DurableObjectException(
                500, ErrorCodes.ContextRevoked, "SQL was interrupted because the turn was abandoned."),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new DurableObjectException(
                500, ErrorCodes.Corrupt, $"The database file is damaged: {text}"),
            raw.SQLITE_TOOBIG => new DurableObjectException(
                413, ErrorCodes.TooLarge, $"SQL: {text}; a string, blob or row has at most {Limits.SqlRowBytes:N0} bytes."),
            _ => new DurableObjectException(500, ErrorCodes.SqlFailed, denied is null ? $"SQL: {text}{LimitOf(text)}" : $"SQL: {denied}"),
        };
    }

    /// <summary>The limit that an error of SQLite's is about, which its text leaves out.</summary>
    private static string LimitOf(string text)
    {
        (string Text, string Limit)[] limits =
        [
            ("pattern too complex", $"{Limits.SqlPatternBytes} bytes"),
            ("too many columns", $"{Limits.SqlColumns} columns"),
            ("too many arguments", $"{Limits.SqlFunctionArguments} arguments"),
            ("too many SQL variables", $"{Limits.SqlParameters} parameters"),
        ];
        string? limit = limits.FirstOrDefault(one => text.Contains(one.Text, StringComparison.OrdinalIgnoreCase)).Limit;
        return limit is null ? "" : $"; the limit is {limit}";
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        foreach (SqliteStatement statement in _runtimeStatements.Values.Concat(_userStatements.Values))
        {
            statement.Dispose();
        }
        // The handle closes the connection, even with statements of open cursors left; SQLite then waits for those.
        raw.sqlite3_close_v2(_handle);
        _handle.Dispose();
    }

    private static SqliteDatabase Open(string path, int flags)
    {
        const int NoMutex = 0x8000;
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | NoMutex, Vfs);
        SqliteDatabase database = new(handle);
        if (code != raw.SQLITE_OK)
        {
            DurableObjectException error = database.Error(code);
            database.Dispose();
            throw new DurableObjectException(error.Status, error.Code, $"Cannot open {path}: {error.Message}", error);
        }
        SetLookaside(handle);
        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
        return database;
    }

    /// <summary>
    /// A connection sets aside 120 KiB for short-lived allocations, which makes parsing SQL faster and is most of what an awake object
    /// would hold. Statements are compiled once here.
    /// </summary>
    private static void SetLookaside(sqlite3 handle)
    {
        const int Lookaside = 1001;
        raw.sqlite3_db_config(handle, Lookaside, IntPtr.Zero, LookasideBytes, LookasideSlots);
    }

    private void Harden()
    {
        const int Defensive = 1010;
        raw.sqlite3_db_config(_handle, Defensive, 1, out _);
        (int Id, int Value)[] limits =
        [
            (LengthLimit, RuntimeRowBytes),
            (1, Limits.SqlStatementBytes),
            (2, Limits.SqlColumns),
            (6, Limits.SqlFunctionArguments),
            (7, 0),
            (8, Limits.SqlPatternBytes),
            (9, Limits.SqlParameters),
        ];
        foreach ((int id, int value) in limits)
        {
            raw.sqlite3_limit(_handle, id, value);
        }
        raw.sqlite3_set_authorizer(_handle, _authorizer.Authorize, null);
    }

    private SqliteStatement? Compile(ReadOnlyMemory<byte> sql, bool isUser, out ReadOnlyMemory<byte> rest)
    {
        const uint Persistent = 1;
        rest = SqlText.SkipBlank(sql);
        if (rest.IsEmpty)
        {
            return null;
        }
        _authorizer.IsUserSql = isUser;
        _authorizer.BeginStatement();
        try
        {
            int code = raw.sqlite3_prepare_v3(_handle, sql.Span, Persistent, out sqlite3_stmt handle, out ReadOnlySpan<byte> tail);
            if (code != raw.SQLITE_OK)
            {
                throw Error(code);
            }
            rest = SqlText.SkipBlank(sql[^tail.Length..]);
            return handle is null || handle.IsInvalid ? null : new SqliteStatement(
                this, handle, isUser, _authorizer.ChangesSchema, _authorizer.Maintains);
        }
        finally
        {
            _authorizer.IsUserSql = false;
        }
    }

    private void EvictIdle()
    {
        foreach ((string sql, SqliteStatement statement) in _userStatements.Where(entry => !entry.Value.InUse).ToList())
        {
            _userStatements.Remove(sql);
            statement.Dispose();
        }
    }
}
