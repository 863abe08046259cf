using SQLitePCL;

namespace DurableObjects.Storage;

/// <summary>
/// What an object's SQL may do. It is asked while a statement is compiled. The runtime's tables, other databases, temporary
/// tables, transactions and connection settings are out of reach; everything that lives in the object's own tables is allowed.
/// </summary>
internal sealed class SqlAuthorizer
{
    /// <summary>
    /// Pragmas that only read, and the one whose effect ends with the transaction. Any that changes the connection would outlive
    /// the turn, and nothing but storage may.
    /// </summary>
    private static readonly HashSet<string> ReadingPragmas = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list", "foreign_key_check",
        "quick_check", "integrity_check", "function_list", "data_version", "page_count", "freelist_count",
        "defer_foreign_keys",
    };

    /// <summary>The modules whose virtual tables live in ordinary tables of the same database.</summary>
    private static readonly HashSet<string> Modules = new(StringComparer.OrdinalIgnoreCase) { "fts5", "fts5vocab", "rtree" };

    /// <summary>Functions that deal in native code.</summary>
    private static readonly HashSet<string> ForbiddenFunctions =
        new(StringComparer.OrdinalIgnoreCase) { "load_extension", "fts3_tokenizer" };

    private string? _denial;
    private bool _alters;

    /// <summary>Whether the statement at hand is an object's; the runtime's own are not examined.</summary>
    public bool IsUserSql { get; set; }

    /// <summary>Whether the statement just compiled changes the schema.</summary>
    public bool ChangesSchema { get; private set; }

    /// <summary>Whether the statement just compiled writes without changing data: ANALYZE or REINDEX.</summary>
    public bool Maintains { get; private set; }

    public void BeginStatement()
    {
        ChangesSchema = false;
        Maintains = false;
        _alters = false;
        _denial = null;
    }

    /// <summary>Why the last statement was refused, once.</summary>
    public string? TakeDenial()
    {
        string? denial = _denial;
        _denial = null;
        return denial;
    }

    public int Authorize(object? state, int action, string? first, string? second, string? database, string? trigger)
    {
        if (!IsUserSql)
        {
            return raw.SQLITE_OK;
        }
        string? denial = Denial(action, first, second, database);
        if (denial is null)
        {
            return IsDeletion(action, first) ? raw.SQLITE_IGNORE : raw.SQLITE_OK;
        }
        _denial ??= denial;
        return raw.SQLITE_DENY;
    }

    private string? Denial(int action, string? first, string? second, string? database)
    {
        if (database is not null and not "main")
        {
            // ALTER TABLE looks by itself whether temporary views and triggers speak of the table. There are none.
            bool isAlteration = database is "temp" && first is ("sqlite_temp_master" or "sqlite_temp_schema")
                && (action == raw.SQLITE_READ || (action == raw.SQLITE_UPDATE && _alters));
            return isAlteration ? null : $"objects have one database; '{database}' is not allowed.";
        }
        switch (action)
        {
            case raw.SQLITE_SELECT or raw.SQLITE_RECURSIVE:
                return null;
            case raw.SQLITE_READ:
                return OwnTable(first) ?? (IsInternalModule(first) ? $"the table '{first}' is not for objects." : null);
            case raw.SQLITE_INSERT or raw.SQLITE_UPDATE or raw.SQLITE_DELETE:
                return OwnTable(first) ?? Counters(first);
            case raw.SQLITE_CREATE_TABLE or raw.SQLITE_DROP_TABLE or raw.SQLITE_CREATE_VIEW or raw.SQLITE_DROP_VIEW
                or raw.SQLITE_CREATE_INDEX or raw.SQLITE_DROP_INDEX or raw.SQLITE_CREATE_TRIGGER or raw.SQLITE_DROP_TRIGGER:
                ChangesSchema = true;
                return OwnTable(first) ?? OwnTable(second);
            case raw.SQLITE_ALTER_TABLE:
                // Here SQLite gives the database first and the table second.
                ChangesSchema = true;
                _alters = true;
                return OwnTable(second);
            case raw.SQLITE_CREATE_VTABLE or raw.SQLITE_DROP_VTABLE:
                ChangesSchema = true;
                return OwnTable(first)
                    ?? (second is not null && Modules.Contains(second) ? null : $"the module '{second}' is not allowed.");
            case raw.SQLITE_REINDEX or raw.SQLITE_ANALYZE:
                Maintains = true;
                return null;
            case raw.SQLITE_FUNCTION:
                // SQLite asks about no table for DROP COLUMN, and calls this function of its own instead.
                ChangesSchema |= second is "sqlite_drop_column";
                return second is not null && ForbiddenFunctions.Contains(second) ? $"the function '{second}' is not allowed." : null;
            case raw.SQLITE_PRAGMA:
                return first is not null && (ReadingPragmas.Contains(first) || (first is "page_size" && second is null))
                    ? null
                    : $"the pragma '{first}' is not allowed.";
            case raw.SQLITE_TRANSACTION or raw.SQLITE_SAVEPOINT:
                return "a turn is a transaction already; nest with Storage.Transaction.";
            case raw.SQLITE_ATTACH or raw.SQLITE_DETACH:
                return "objects have one database; ATTACH, DETACH and VACUUM are not allowed.";
            default:
                return "temporary tables and other statements outside the object's own tables are not allowed.";
        }
    }

    /// <summary>
    /// Whether a DELETE statement is compiled, as against the deletions that DROP and ALTER consist of. SQLite empties a table
    /// without looking at its rows and, if that is WITHOUT ROWID, without counting them either (3.35), so that the turn would seem
    /// to have changed nothing. To ignore a DELETE is to have it go by rows.
    /// </summary>
    private bool IsDeletion(int action, string? table) =>
        action == raw.SQLITE_DELETE && !ChangesSchema && table?.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase) != true;

    private static string? OwnTable(string? name) => RuntimeSchema.Owns(name) ? $"the name '{name}' is the runtime's." : null;

    /// <summary>The table of AUTOINCREMENT counters, the runtime's among them. SQLite itself touches it for DROP and ALTER.</summary>
    private string? Counters(string? name) =>
        !ChangesSchema && "sqlite_sequence".Equals(name, StringComparison.OrdinalIgnoreCase)
            ? "the table 'sqlite_sequence' can only be read."
            : null;

    private static bool IsInternalModule(string? name) =>
        name is not null
        && (name.StartsWith("sqlite_dbpage", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("dbstat", StringComparison.OrdinalIgnoreCase));
}
