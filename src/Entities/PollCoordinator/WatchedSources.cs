namespace DurableObjects.Entities;

/// <summary>
/// The sources of a <see cref="PollCoordinator"/>, each with the poll that is under way or the time of the next. Times are in milliseconds
/// of the epoch.
/// </summary>
internal sealed class WatchedSources(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE source(
            key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, every INTEGER NOT NULL, jitter REAL NOT NULL,
            format TEXT NOT NULL, target TEXT, paused INTEGER NOT NULL DEFAULT 0, next_at INTEGER,
            poll TEXT, begun INTEGER NOT NULL DEFAULT 0, gives_up_at INTEGER, again INTEGER NOT NULL DEFAULT 0,
            stale INTEGER NOT NULL DEFAULT 0, etag TEXT, last_modified TEXT, body_hash BLOB, polls INTEGER NOT NULL DEFAULT 0,
            last_success INTEGER, last_status INTEGER, failures INTEGER NOT NULL DEFAULT 0, last_error TEXT,
            items INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX source_by_time ON source(next_at) WHERE next_at IS NOT NULL;
        CREATE UNIQUE INDEX source_by_poll ON source(poll) WHERE poll IS NOT NULL;
        """;

    public PollRow? Find(string id) => Rows("SELECT * FROM source WHERE id = ?", id).FirstOrDefault();

    public PollRow? Polling(string poll) => Rows("SELECT * FROM source WHERE poll = ?", poll).FirstOrDefault();

    public List<PollRow> Page(string after, int limit) => [.. Rows("SELECT * FROM source WHERE id > ? ORDER BY id LIMIT ?", after, limit)];

    /// <summary>Those whose poll has not begun, or not come back, in time.</summary>
    public List<PollRow> Late(long now) => [.. Rows("SELECT * FROM source WHERE poll IS NOT NULL AND gives_up_at <= ?", now)];

    /// <summary>The keys of those whose time has come.</summary>
    public List<long> Due(long now, int limit) =>
    [
        .. storage.Sql.Exec("SELECT key FROM source WHERE next_at <= ? ORDER BY next_at, key LIMIT ?", now, limit)
            .Select(row => row.Get<long>(0)),
    ];

    public int Count() => storage.Sql.Exec("SELECT count(*) FROM source").One().Get<int>(0);

    public int CountPolling() => storage.Sql.Exec("SELECT count(*) FROM source WHERE poll IS NOT NULL").One().Get<int>(0);

    public bool Any() => storage.Sql.Exec("SELECT EXISTS (SELECT 1 FROM source)").One().Get<bool>(0);

    /// <summary>When one comes due next, or a poll is to be given up.</summary>
    public long? NextTime(long now) => storage.Sql.Exec(
        """
        SELECT min(at) FROM (
            SELECT min(gives_up_at) AS at FROM source WHERE poll IS NOT NULL
            UNION ALL SELECT min(next_at) FROM source WHERE next_at > ?)
        """, now).One().Get<long?>(0);

    public void Add(string id, string url, PollFormat format, long now) => storage.Sql.Exec(
        "INSERT INTO source(id, url, every, jitter, format, next_at) VALUES (?, ?, 0, 0, ?, ?)", id, url, format, now);

    public void Configure(string id, long every, double jitter, string? target, long now) => storage.Sql.Exec(
        """
        UPDATE source SET every = ?1, jitter = ?2, target = ?3, next_at = CASE WHEN failures = 0 THEN min(next_at, ?4) ELSE next_at END
        WHERE id = ?5
        """, every, jitter, target, now + every, id);

    /// <summary>
    /// Makes it another source under its name. What a poll brings that has begun is of no account, and another follows it unless the source
    /// is paused and nobody has asked for one.
    /// </summary>
    public void Restart(PollRow row, string url, PollFormat format, long now) => storage.Sql.Exec(
        """
        UPDATE source SET url = ?1, format = ?2, etag = NULL, last_modified = NULL, body_hash = NULL, last_success = NULL,
            last_status = NULL, failures = 0, last_error = NULL, items = 0, stale = begun, again = begun AND (again OR NOT paused),
            next_at = CASE WHEN poll IS NULL AND NOT paused THEN ?3 END
        WHERE key = ?4
        """, url, format, now, row.Key);

    public void Remove(PollRow row) => storage.Sql.Exec("DELETE FROM source WHERE key = ?", row.Key);

    public void Pause(PollRow row) =>
        storage.Sql.Exec("UPDATE source SET paused = 1, next_at = NULL, again = 0 WHERE key = ?", row.Key);

    public void Resume(PollRow row, long now) => storage.Sql.Exec(
        "UPDATE source SET paused = 0, next_at = CASE WHEN poll IS NULL THEN ?1 END WHERE key = ?2", now, row.Key);

    public void PollNow(PollRow row, long now) => storage.Sql.Exec(
        row.Poll is null ? "UPDATE source SET next_at = ?1 WHERE key = ?2" : "UPDATE source SET again = ?1 > 0 WHERE key = ?2",
        now, row.Key);

    public void Start(long key, string poll, long givesUpAt) => storage.Sql.Exec(
        "UPDATE source SET poll = ?, gives_up_at = ?, next_at = NULL WHERE key = ?", poll, givesUpAt, key);

    public void Begin(PollRow row, long givesUpAt) =>
        storage.Sql.Exec("UPDATE source SET begun = 1, gives_up_at = ? WHERE key = ?", givesUpAt, row.Key);

    public void HandedOn(PollRow row, byte[] hash, int items) => storage.Sql.Exec(
        "UPDATE source SET body_hash = ?, polls = polls + 1, items = items + ? WHERE key = ?", hash, items, row.Key);

    public void Succeed(PollRow row, PollAnswer answer, long now) => storage.Sql.Exec(
        """
        UPDATE source SET last_success = ?, last_status = ?, failures = 0, last_error = NULL,
            etag = CASE WHEN ?3 THEN coalesce(?4, etag) ELSE ?4 END,
            last_modified = CASE WHEN ?3 THEN coalesce(?5, last_modified) ELSE ?5 END
        WHERE key = ?6
        """, now, answer.Status, answer.IsUnchanged, answer.ETag, answer.LastModified, row.Key);

    public void Fail(PollRow row, string error, int? status) => storage.Sql.Exec(
        "UPDATE source SET failures = failures + 1, last_error = ?, last_status = coalesce(?, last_status) WHERE key = ?",
        Argument.Shorten(error), status, row.Key);

    public void Leave(PollRow row, long? next) => storage.Sql.Exec(
        "UPDATE source SET poll = NULL, begun = 0, gives_up_at = NULL, again = 0, stale = 0, next_at = ? WHERE key = ?", next, row.Key);

    private IEnumerable<PollRow> Rows(string sql, params ReadOnlySpan<object?> arguments) => storage.Sql.Exec(sql, arguments).As<PollRow>();
}
