using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The documents of an <see cref="AgentSession"/>: their table.</summary>
internal sealed class SessionDocuments(ObjectStorage storage)
{
    public const string Migration =
        "CREATE TABLE document(section TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL, tab TEXT, at INTEGER NOT NULL)";

    public SessionDocument? Find(string section) => Read("SELECT * FROM document WHERE section = ?", section).SingleOrDefault();

    public IEnumerable<SessionDocument> Since(long version) =>
        Read("SELECT * FROM document WHERE version > ? ORDER BY version", version);

    public int Count() => storage.Sql.Exec("SELECT count(*) FROM document").One().Get<int>(0);

    public IReadOnlyDictionary<string, long> Versions() => storage.Sql.Exec("SELECT section, version FROM document ORDER BY section")
        .ToDictionary(row => row.Get<string>(0)!, row => row.Get<long>(1));

    public SessionDocument Put(string section, long version, string json, string? tab, long at) => Read(
        """
        INSERT INTO document(section, version, value, tab, at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT(section) DO UPDATE SET version = excluded.version, value = excluded.value, tab = excluded.tab, at = excluded.at
        RETURNING *
        """, section, version, json, tab, at).Single();

    public void Clear() => storage.Sql.Exec("DELETE FROM document");

    private IEnumerable<SessionDocument> Read(string sql, params ReadOnlySpan<object?> arguments) =>
        storage.Sql.Exec(sql, arguments).As<Row>().Select(row => row.ToDocument());

    private sealed record Row(string Section, long Version, string Value, string? Tab, long At)
    {
        public SessionDocument ToDocument() => new(
            Section, Version, JsonSerializer.Deserialize<JsonElement>(Value) is { ValueKind: not JsonValueKind.Null } value ? value : null,
            Tab, DateTimeOffset.FromUnixTimeMilliseconds(At));
    }
}
