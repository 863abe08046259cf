using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The jobs of a <see cref="WorkQueue"/>, each ready, delayed, held by a worker or dead, and how one becomes the other. Times are in
/// milliseconds of the epoch.
/// </summary>
internal sealed class WorkJobs(ObjectStorage storage)
{
    /// <summary>
    /// The payloads have a table of their own, so that a delivery does not write them again. A dead letter's <c>visible_at</c> is when it
    /// died.
    /// </summary>
    public const string Migration =
        """
        CREATE TABLE job(
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, is_named INTEGER NOT NULL, priority INTEGER NOT NULL,
            bytes INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, state TEXT NOT NULL, visible_at INTEGER NOT NULL,
            deliveries INTEGER NOT NULL DEFAULT 0, receipt TEXT, worker TEXT, is_pushed INTEGER NOT NULL DEFAULT 0, error TEXT);
        CREATE INDEX job_ready ON job(priority DESC, number) WHERE state = 'ready';
        CREATE INDEX job_hidden ON job(visible_at) WHERE state IN ('delayed', 'held');
        CREATE INDEX job_dead ON job(visible_at, number) WHERE state = 'dead';
        CREATE INDEX job_pushed ON job(worker) WHERE is_pushed = 1;
        CREATE TABLE payload(job INTEGER PRIMARY KEY REFERENCES job(number) ON DELETE CASCADE, json TEXT NOT NULL);
        """;

    /// <summary>Which become visible until ?1, or dead letters.</summary>
    public const string Lapsing = "state IN ('delayed', 'held') AND visible_at <= ?1";

    /// <summary>The error of one that lapses.</summary>
    public const string EndedByTimeout =
        "CASE state WHEN 'held' THEN 'Delivery ' || deliveries || ' to ''' || worker || ''' ended by its visibility timeout.' "
        + "ELSE error END";

    /// <summary>Bytes of a receipt: nobody guesses 128 random bits.</summary>
    private const int ReceiptBytes = 16;

    private const string Delivered =
        "SELECT job.id, receipt, json, priority, deliveries, enqueued_at, visible_at, error "
        + "FROM job JOIN payload ON payload.job = job.number";

    /// <summary>How long a delivery is the worker's, in milliseconds.</summary>
    public static long Visibility(decimal seconds) => Argument.Milliseconds(
        seconds, "visibilitySeconds", WorkLimits.MinVisibilitySeconds, WorkLimits.MaxVisibilitySeconds);

    public void Add(string id, bool isNamed, string json, int bytes, int priority, long now, string state, long visibleAt)
    {
        long number = storage.Sql.Exec(
            """
            INSERT INTO job(id, is_named, priority, bytes, enqueued_at, state, visible_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number
            """, id, isNamed, priority, bytes, now, state, visibleAt).One().Get<long>(0);
        storage.Sql.Exec("INSERT INTO payload(job, json) VALUES (?, ?)", number, json);
    }

    public IReadOnlyList<long> Ready(int limit) =>
    [
        .. storage.Sql.Exec("SELECT number FROM job WHERE state = 'ready' ORDER BY priority DESC, number LIMIT ?", limit)
            .Select(row => row.Get<long>(0)),
    ];

    public WorkJob Deliver(long number, string worker, long until, bool isPushed)
    {
        storage.Sql.Exec(
            """
            UPDATE job SET state = 'held', visible_at = ?, deliveries = deliveries + 1, receipt = ?, worker = ?, is_pushed = ?
            WHERE number = ?
            """, until, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ReceiptBytes)), worker, isPushed, number);
        return Read($"{Delivered} WHERE number = ?", number).Single();
    }

    /// <summary>What a worker holds that it got by a socket.</summary>
    public IReadOnlyList<WorkJob> PushedTo(string worker, long now) => Read(
        $"{Delivered} WHERE is_pushed = 1 AND worker = ? AND visible_at > ? ORDER BY priority DESC, number", worker, now);

    /// <summary>The job that a receipt is of, which has not lapsed.</summary>
    /// <exception cref="DurableObjectException">There is no such job (404), or its receipt is another (409).</exception>
    public HeldJob Held(string id, string receipt, long now)
    {
        Argument.Text(id, "id", WorkLimits.IdCharacters);
        HeldJob job = storage.Sql.Exec(
            "SELECT number, is_named, deliveries, state, visible_at, receipt FROM job WHERE id = ?", id).As<HeldJob>().SingleOrDefault()
            ?? throw new DurableObjectException(404, WorkQueue.UnknownJob, $"The queue has no job '{id}'; it may have been completed.");
        return job.State == "held" && job.VisibleAt > now && job.Receipt == receipt
            ? job
            : throw new DurableObjectException(
                409, WorkQueue.ReceiptLapsed,
                $"The receipt of the job '{id}' has lapsed, or never was one of it; another worker may have the job.");
    }

    public void Extend(HeldJob job, long until) => storage.Sql.Exec("UPDATE job SET visible_at = ? WHERE number = ?", until, job.Number);

    public void Release(HeldJob job, string state, long visibleAt, string error) => storage.Sql.Exec(
        "UPDATE job SET state = ?, visible_at = ?, receipt = NULL, worker = NULL, is_pushed = 0, error = ? WHERE number = ?",
        state, visibleAt, error, job.Number);

    public void Remove(HeldJob job) => storage.Sql.Exec("DELETE FROM job WHERE number = ?", job.Number);

    /// <summary>Removes <see cref="WorkLimits.StepJobs"/> dead letters, or of the others.</summary>
    public void Purge(bool deadLetters)
    {
        string states = deadLetters ? "state = 'dead'" : "state <> 'dead'";
        storage.Sql.Exec($"DELETE FROM job WHERE number IN (SELECT number FROM job WHERE {states} LIMIT ?)", WorkLimits.StepJobs);
    }

    /// <summary>
    /// Makes visible what was delayed until now, and what a worker held until now; or makes it a dead letter. The rest of very many
    /// follows in the next turn, which the alarm gives at once.
    /// </summary>
    public void EndLapsed(long now, int maxDeliveries) => storage.Sql.Exec(
        $"""
        UPDATE job SET state = CASE WHEN state = 'held' AND deliveries >= ?2 THEN 'dead' ELSE 'ready' END, error = {EndedByTimeout},
            receipt = NULL, worker = NULL, is_pushed = 0
        WHERE number IN (SELECT number FROM job WHERE {Lapsing} ORDER BY visible_at LIMIT {WorkLimits.StepJobs})
        """, now, maxDeliveries);

    /// <summary>What <see cref="EndLapsed"/> has yet to end.</summary>
    public LapsedJobs Lapsed(long now, int maxDeliveries) => storage.Sql.Exec(
        $"""
        SELECT coalesce(sum(state = 'delayed'), 0) AS delayed, coalesce(sum(state = 'held'), 0) AS held,
            coalesce(sum(state = 'held' AND deliveries >= ?2), 0) AS dead
        FROM job WHERE {Lapsing}
        """, now, maxDeliveries).As<LapsedJobs>().Single();

    public long? NextLapse() =>
        storage.Sql.Exec("SELECT min(visible_at) FROM job WHERE state IN ('delayed', 'held')").One().Get<long?>(0);

    private IReadOnlyList<WorkJob> Read(string sql, params ReadOnlySpan<object?> arguments) =>
        [.. storage.Sql.Exec(sql, arguments).As<DeliveredRow>().Select(row => row.ToJob())];

    private sealed record DeliveredRow(
        string Id, string Receipt, string Json, int Priority, int Deliveries, long EnqueuedAt, long VisibleAt, string? Error)
    {
        public WorkJob ToJob() => new(
            Id, Receipt, JsonSerializer.Deserialize<JsonElement>(Json, ObjectJson.Options), Priority, Deliveries,
            DateTimeOffset.FromUnixTimeMilliseconds(EnqueuedAt), DateTimeOffset.FromUnixTimeMilliseconds(VisibleAt), Error);
    }
}

/// <summary>A job that a worker holds, as stored.</summary>
internal sealed record HeldJob(long Number, bool IsNamed, int Deliveries, string State, long VisibleAt, string? Receipt);

/// <summary>How many jobs have lapsed: delayed ones, held ones, and those of the latter that are dead letters by that.</summary>
internal sealed record LapsedJobs(long Delayed, long Held, long Dead);
