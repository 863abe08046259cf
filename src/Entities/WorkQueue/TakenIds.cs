namespace DurableObjects.Entities;

/// <summary>
/// The ids under which nothing new is enqueued: those of the jobs in the queue, and for some time those of completed ones, which have a
/// table. Times are in milliseconds of the epoch.
/// </summary>
internal sealed class TakenIds(ObjectStorage storage)
{
    public const string Migration =
        """
        CREATE TABLE taken(id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX taken_by_time ON taken(until);
        """;

    /// <summary>How often ids that are no longer taken are removed at most, which saves a commit for each.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromMinutes(1);

    public bool Has(string id, long now) => storage.Sql.Exec(
        "SELECT 1 FROM job WHERE id = ?1 UNION ALL SELECT 1 FROM taken WHERE id = ?1 AND until > ?2", id, now).FirstOrDefault() is not null;

    public void Add(string id, long until) => storage.Sql.Exec(
        "INSERT INTO taken(id, until) VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET until = excluded.until", id, until);

    /// <summary>Removes those that are no longer taken, of very many only the first; whether there were any.</summary>
    public bool Trim(long now) => storage.Sql.Exec(
        "DELETE FROM taken WHERE id IN (SELECT id FROM taken WHERE until <= ? ORDER BY until LIMIT ?)", now, WorkLimits.StepJobs)
        .RowsWritten > 0;

    /// <summary>When to trim them next; null if there are none.</summary>
    public long? NextTrim(long now) => storage.Sql.Exec("SELECT min(until) FROM taken").One().Get<long?>(0) is { } until
        ? until <= now ? now : Math.Max(until, now + (long)TrimEvery.TotalMilliseconds)
        : null;

    /// <summary>How many are no longer taken and not trimmed yet.</summary>
    public long Free(long now) => storage.Sql.Exec("SELECT count(*) FROM taken WHERE until <= ?", now).One().Get<long>(0);
}
