using System.Globalization;
using System.Text;
using SQLitePCL;

namespace DurableObjects.Storage;

/// <summary>A compiled statement. Parameters and columns are numbered as SQLite does: parameters from 1, columns from 0.</summary>
internal sealed class SqliteStatement(
    SqliteDatabase database, sqlite3_stmt handle, bool isUser, bool changesSchema, bool maintains) : IDisposable
{
    public sqlite3_stmt Handle { get; } = handle;

    /// <summary>Whether an object's SQL was compiled, as against the runtime's own.</summary>
    public bool IsUser { get; } = isUser;

    public bool ChangesSchema { get; } = changesSchema;

    /// <summary>Whether it rewrites what is derived from data: statistics, indexes.</summary>
    public bool Maintains { get; } = maintains;

    public bool IsReadOnly { get; } = raw.sqlite3_stmt_readonly(handle) != 0;

    /// <summary>How many columns a row has; another number once SQLite has compiled anew after a change of the schema.</summary>
    public int ColumnCount => raw.sqlite3_column_count(Handle);

    public int ParameterCount { get; } = raw.sqlite3_bind_parameter_count(handle);

    /// <summary>Whether a cursor reads from it.</summary>
    public bool InUse { get; set; }

    /// <summary>Whether the database keeps it for the next use.</summary>
    public bool IsCached { get; set; }

    public bool Step() => database.Step(this);

    public SqliteStatement Bind(int index, long value) => Check(raw.sqlite3_bind_int64(Handle, index, value));

    public SqliteStatement Bind(int index, double value) => Check(raw.sqlite3_bind_double(Handle, index, value));

    public SqliteStatement BindNull(int index) => Check(raw.sqlite3_bind_null(Handle, index));

    /// <summary>Binds a blob. An empty span has no address, which SQLite would take for NULL.</summary>
    public SqliteStatement BindBlob(int index, ReadOnlySpan<byte> value) => Check(
        value.IsEmpty ? raw.sqlite3_bind_zeroblob(Handle, index, 0) : raw.sqlite3_bind_blob(Handle, index, value));

    /// <summary>Binds a text; an empty one is not NULL either.</summary>
    public SqliteStatement BindText(int index, ReadOnlySpan<byte> utf8) => Check(
        utf8.IsEmpty ? raw.sqlite3_bind_text(Handle, index, "") : raw.sqlite3_bind_text(Handle, index, utf8));

    public SqliteStatement BindText(int index, string? value) =>
        value is null ? BindNull(index) : BindText(index, StrictUtf8.Bytes(value, $"SQL parameter {index}"));

    /// <summary>Binds a value of C# as SQLite's nearest type.</summary>
    public void BindValue(int index, object? value)
    {
        _ = value switch
        {
            null or DBNull => BindNull(index),
            string text => BindText(index, text),
            long or int or short or sbyte or byte or ushort or uint => Bind(index, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            ulong large => Bind(index, checked((long)large)),
            bool flag => Bind(index, flag ? 1 : 0),
            double or float => Bind(index, Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            decimal money => BindText(index, money.ToString(CultureInfo.InvariantCulture)),
            byte[] bytes => BindBlob(index, bytes),
            ReadOnlyMemory<byte> bytes => BindBlob(index, bytes.Span),
            DateTimeOffset time => BindText(index, time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
            Guid guid => BindText(index, guid.ToString()),
            Enum word => BindText(index, word.ToString()),
            _ => throw DurableObjectException.Invalid(
                $"SQL parameter {index} is a {value.GetType().Name}. SQL takes null, text, numbers, booleans, byte arrays, "
                + "DateTimeOffset, Guid, decimal and enums."),
        };
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(Handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(Handle, column);

    public int Int32(int column) => raw.sqlite3_column_int(Handle, column);

    /// <summary>The bytes of a blob or text, valid until the next step. Text with a zero byte in it comes out whole.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(Handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public bool IsText(int column) => raw.sqlite3_column_type(Handle, column) == raw.SQLITE_TEXT;

    /// <summary>The value as long, double, string, byte[] or null.</summary>
    public object? Value(int column) => raw.sqlite3_column_type(Handle, column) switch
    {
        raw.SQLITE_INTEGER => Int64(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(Handle, column),
        raw.SQLITE_TEXT => Text(column),
        raw.SQLITE_BLOB => Bytes(column).ToArray(),
        _ => null,
    };

    public string ColumnName(int column) => raw.sqlite3_column_name(Handle, column).utf8_to_string();

    /// <summary>Rows that full scans have stepped over since the last reset.</summary>
    public int RowsScanned
    {
        get
        {
            const int FullScanSteps = 1;
            return raw.sqlite3_stmt_status(Handle, FullScanSteps, 0);
        }
    }

    /// <summary>Makes the statement ready to be bound and run again.</summary>
    public void Reset()
    {
        const int FullScanSteps = 1;
        raw.sqlite3_reset(Handle);
        raw.sqlite3_stmt_status(Handle, FullScanSteps, 1);
        if (ParameterCount > 0)
        {
            raw.sqlite3_clear_bindings(Handle);
        }
    }

    public void Dispose() => Handle.Dispose();

    private SqliteStatement Check(int code) => code == raw.SQLITE_OK ? this : throw database.Error(code);
}
