namespace DurableObjects.Entities;

/// <summary>Who changed how much and when: what one editor does within a while is one entry.</summary>
internal sealed class DocumentHistory(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE edit(
            id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, author TEXT, from_version INTEGER NOT NULL, version INTEGER NOT NULL,
            started_at TEXT NOT NULL, ended_at TEXT NOT NULL, inserted INTEGER NOT NULL, deleted INTEGER NOT NULL);
        CREATE INDEX edit_by_client ON edit(client_id);
        """;

    /// <summary>Updates of one editor within this time of each other are one entry.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>How long an entry may grow.</summary>
    private static readonly TimeSpan LongestSpan = TimeSpan.FromMinutes(10);

    public IReadOnlyList<DocumentEdit> Page(int limit, long before) =>
        [.. storage.Sql.Exec("SELECT * FROM edit WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit).As<DocumentEdit>()];

    public void Add(string clientId, string? author, long from, long version, long inserted, long deleted, DateTimeOffset now)
    {
        long updated = storage.Sql.Exec(
            """
            UPDATE edit SET version = ?1, ended_at = ?2, inserted = inserted + ?3, deleted = deleted + ?4
            WHERE id = (SELECT max(id) FROM edit WHERE client_id = ?5) AND author IS ?6 AND ended_at >= ?7 AND started_at > ?8
            """, version, now, inserted, deleted, clientId, author, now - Pause, now - LongestSpan).RowsWritten;
        if (updated == 0)
        {
            storage.Sql.Exec(
                """
                INSERT INTO edit(client_id, author, from_version, version, started_at, ended_at, inserted, deleted)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
                """, clientId, author, from, version, now, inserted, deleted);
            storage.Sql.Exec("DELETE FROM edit WHERE id <= (SELECT max(id) FROM edit) - ?", DocumentLimits.MaxEdits);
        }
    }
}
