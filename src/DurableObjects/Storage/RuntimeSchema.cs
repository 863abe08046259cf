namespace DurableObjects.Storage;

/// <summary>The runtime's own tables, which stand beside the user's in every object's database.</summary>
internal static class RuntimeSchema
{
    /// <summary>The prefix of every name that is the runtime's.</summary>
    public const string Prefix = "_do_";

    /// <summary>
    /// The tables. Those with few short rows keep them in their key's tree (WITHOUT ROWID), so that one changed row is one changed
    /// page. Times are milliseconds since 1970 in UTC.
    /// </summary>
    private const string Script = $"""
        CREATE TABLE {Prefix}meta(key TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID;
        CREATE TABLE {Prefix}kv(key BLOB PRIMARY KEY NOT NULL, value NOT NULL) WITHOUT ROWID;
        CREATE TABLE {Prefix}alarm(
            one INTEGER PRIMARY KEY CHECK (one = 1), scheduled INTEGER NOT NULL, due INTEGER NOT NULL, retries INTEGER NOT NULL);
        CREATE TABLE {Prefix}outbox(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, receiver BLOB NOT NULL, class TEXT NOT NULL, name TEXT,
            method TEXT NOT NULL, arguments BLOB NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL);
        CREATE INDEX {Prefix}outbox_receiver ON {Prefix}outbox(receiver, number);
        CREATE TABLE {Prefix}sent(
            receiver BLOB PRIMARY KEY NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE {Prefix}seen(
            sender BLOB PRIMARY KEY NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE {Prefix}inbox(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, caller TEXT NOT NULL, stream BLOB NOT NULL, method TEXT NOT NULL,
            arguments BLOB NOT NULL, received INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER, error TEXT);
        CREATE INDEX {Prefix}inbox_stream ON {Prefix}inbox(stream, sequence);
        CREATE INDEX {Prefix}inbox_due ON {Prefix}inbox(due) WHERE due IS NOT NULL;
        CREATE TABLE {Prefix}answer(
            key TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, request BLOB NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX {Prefix}answer_at ON {Prefix}answer(at);
        CREATE TABLE {Prefix}call(id BLOB PRIMARY KEY NOT NULL, at INTEGER NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX {Prefix}call_at ON {Prefix}call(at);
        CREATE TABLE {Prefix}socket(
            id TEXT PRIMARY KEY NOT NULL, opened INTEGER NOT NULL, tags TEXT NOT NULL, attachment BLOB) WITHOUT ROWID;
        CREATE TABLE {Prefix}recovery_point(
            label TEXT PRIMARY KEY NOT NULL, bookmark TEXT NOT NULL, at INTEGER NOT NULL, hash TEXT) WITHOUT ROWID;
        """;

    private static readonly Lazy<(byte[] Bytes, string Text)> LazyTemplate = new(BuildTemplate);

    /// <summary>
    /// The database of an object before its first commit: in WAL mode, with the runtime's tables and nothing else. Copying it is
    /// many times cheaper than running the script. It is not part of any promise: an object's first commit holds all pages.
    /// </summary>
    public static ReadOnlyMemory<byte> Template => LazyTemplate.Value.Bytes;

    /// <summary>The runtime's tables and indexes as <see cref="UserSchema.RuntimeText"/> reads them.</summary>
    public static string Text => LazyTemplate.Value.Text;

    /// <summary>Whether a table, index, view or trigger name is the runtime's.</summary>
    public static bool Owns(string? name) => name is not null && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    private static (byte[] Bytes, string Text) BuildTemplate()
    {
        string path = Path.Combine(Path.GetTempPath(), $"durable-objects-{Guid.NewGuid():N}.sqlite");
        try
        {
            string text;
            using (SqliteDatabase database = SqliteDatabase.OpenPlain(path))
            {
                database.ExecuteScript($"PRAGMA page_size={SqliteDatabase.PageBytes}; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF");
                database.ExecuteScript($"BEGIN; {Script} COMMIT");
                database.Checkpoint();
                text = UserSchema.RuntimeText(database);
            }
            return (File.ReadAllBytes(path), text);
        }
        finally
        {
            foreach (string suffix in (string[])["", "-wal", "-shm"])
            {
                File.Delete(path + suffix);
            }
        }
    }
}
