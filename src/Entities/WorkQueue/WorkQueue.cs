using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// A queue of jobs with priorities, delays, visibility timeouts and dead letters. Workers pull over HTTP, or connect with
/// <c>?worker=&amp;concurrency=</c> and get each job as a <c>job</c> message. A job is delivered until one delivery of it is completed.
/// </summary>
/// <remarks>
/// A delivery is a lease: it has a receipt, and until that lapses nobody else gets the job, whatever becomes of the worker. A
/// closed socket does not end it, because sockets close far more often than workers die: each restart of the host closes all
/// of them, and would hand every job in progress to a second worker. So a worker that comes back under its name goes on with
/// what it holds, and one that does not is missed when its receipts lapse.
/// </remarks>
[DurableObject("work-queue")]
public sealed class WorkQueue(ObjectContext context) : DurableObject(context), IWorkQueue
{
    /// <summary>Bytes of a payload, as JSON in UTF-8. Azure Queue Storage: 64 KiB.</summary>
    public const int PayloadBytes = 64 * 1_024;

    /// <summary>Levels that a payload may be nested: it goes out within others, and JSON is read to 64.</summary>
    public const int PayloadDepth = Argument.JsonDepth;

    /// <summary>Jobs in a queue, dead letters included. Each takes some hundred bytes of the database beside its payload.</summary>
    public const int MaxJobs = 50_000;

    /// <summary>
    /// Bytes of the payloads of all jobs: a quarter of what an object's database may have on the Azure host, as small ones take twice
    /// their bytes in pages, and jobs and ids want room too.
    /// </summary>
    public const long MaxBytes = 32L * 1_024 * 1_024;

    /// <summary>Ids of completed jobs that may be taken. Each takes some hundred bytes of the database.</summary>
    public const int MaxTakenIds = 50_000;

    /// <summary>Characters (UTF-16) of a job's id.</summary>
    public const int IdCharacters = 128;

    /// <summary>Characters (UTF-16) of a worker's name.</summary>
    public const int WorkerCharacters = 128;

    /// <summary>The least priority.</summary>
    public const int LeastPriority = -100;

    /// <summary>The highest priority.</summary>
    public const int MostPriority = 100;

    /// <summary>The longest delay in seconds: seven days, as Azure Queue Storage has it.</summary>
    public const int MaxDelaySeconds = 7 * 24 * 60 * 60;

    /// <summary>The shortest visibility timeout in seconds. Each that passes is a commit.</summary>
    public const decimal MinVisibilitySeconds = 0.1m;

    /// <summary>The longest visibility timeout in seconds: twelve hours, as Amazon SQS has it.</summary>
    public const int MaxVisibilitySeconds = 12 * 60 * 60;

    /// <summary>The visibility timeout where none is given, in seconds. Amazon SQS and Azure Queue Storage: 30.</summary>
    public const int DefaultVisibilitySeconds = 30;

    /// <summary>Jobs that one call receives. All of them, at their largest, fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int MaxReceived = 100;

    /// <summary>Dead letters of one page, as above.</summary>
    public const int DeadLetterPage = 100;

    /// <summary>Ids that one call redrives.</summary>
    public const int RedrivenIds = 100;

    /// <summary>Jobs that one turn moves, removes or makes visible: some milliseconds.</summary>
    public const int StepJobs = 1_000;

    /// <summary>Workers that are connected at once. Each turn that has something to push looks at all.</summary>
    public const int MaxWorkers = 256;

    /// <summary>
    /// Jobs that a worker has by its socket at once. All of them, at their largest, fit <see cref="Limits.SocketWaitingBytes"/>.
    /// </summary>
    public const int MaxConcurrency = 50;

    /// <summary>How often a job is delivered at most unless configured. Azure Functions' queue trigger: 5.</summary>
    public const int DefaultMaxDeliveries = 5;

    /// <summary>The most that can be configured.</summary>
    public const int MostDeliveries = 1_000;

    /// <summary>How long ids stay taken unless configured, in seconds. Azure Service Bus: ten minutes.</summary>
    public const int DefaultDedupeSeconds = 10 * 60;

    /// <summary>The longest that can be configured, in seconds. Azure Service Bus: seven days.</summary>
    public const int MaxDedupeSeconds = 7 * 24 * 60 * 60;

    /// <summary>The error code of a job that is not in the queue (404).</summary>
    public const string UnknownJob = "unknown-job";

    /// <summary>The error code of a receipt that has lapsed or never was the job's (409).</summary>
    public const string ReceiptLapsed = "receipt-lapsed";

    /// <summary>The error code of one job too many (409).</summary>
    public const string TooManyJobs = "too-many-jobs";

    /// <summary>The error code of more payload than a queue takes (409).</summary>
    public const string TooManyBytes = "too-many-bytes";

    /// <summary>The error code of more taken ids than a queue remembers (409).</summary>
    public const string TooManyIds = "too-many-ids";

    /// <summary>The error code of one connected worker too many (409).</summary>
    public const string TooManyWorkers = "too-many-workers";

    /// <summary>The code (RFC 6455, 4000 to 4999: the application's) of a socket whose worker has connected anew.</summary>
    public const int TakenOver = 4_000;

    /// <summary>Jobs that one turn pushes. All of them, at their largest, fit <see cref="Limits.SocketSendBytes"/>.</summary>
    private const int PushedJobs = 100;

    /// <summary>Bytes of a receipt: nobody guesses 128 random bits.</summary>
    private const int ReceiptBytes = 16;

    private const string SettingsKey = "settings";
    private const string Lapsing = "state IN ('delayed', 'held') AND visible_at <= ?1";
    private const string EndedByTimeout =
        "CASE state WHEN 'held' THEN 'Delivery ' || deliveries || ' to ''' || worker || ''' ended by its visibility timeout.' "
        + "ELSE error END";
    private const string Delivered =
        "SELECT job.id, receipt, json, priority, deliveries, enqueued_at, visible_at, error "
        + "FROM job JOIN payload ON payload.job = job.number";

    /// <summary>How often ids that are no longer taken are removed at most, which saves a commit for each.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromMinutes(1);

    private static readonly WorkQueueSettings Defaults = new(DefaultMaxDeliveries, DefaultDedupeSeconds);

    /// <inheritdoc/>
    /// <remarks>
    /// The payloads have a table of their own, so that a delivery does not write them again. The tally spares counting on each turn.
    /// A dead letter's <c>visible_at</c> is when it died.
    /// </remarks>
    protected override IReadOnlyList<string> Migrations =>
    [
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
        CREATE TABLE taken(id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX taken_by_time ON taken(until);
        CREATE TABLE worker(
            name TEXT PRIMARY KEY, socket TEXT NOT NULL UNIQUE, concurrency INTEGER NOT NULL, visibility INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE tally(what TEXT PRIMARY KEY, number INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO tally VALUES ('ready', 0, 0), ('delayed', 0, 0), ('held', 0, 0), ('dead', 0, 0), ('taken', 0, 0);
        CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
            UPDATE tally SET number = number + 1, bytes = bytes + new.bytes WHERE what = new.state;
        END;
        CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN old.state <> new.state BEGIN
            UPDATE tally SET number = number - 1, bytes = bytes - old.bytes WHERE what = old.state;
            UPDATE tally SET number = number + 1, bytes = bytes + new.bytes WHERE what = new.state;
        END;
        CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN
            UPDATE tally SET number = number - 1, bytes = bytes - old.bytes WHERE what = old.state;
        END;
        CREATE TRIGGER id_taken AFTER INSERT ON taken BEGIN UPDATE tally SET number = number + 1 WHERE what = 'taken'; END;
        CREATE TRIGGER id_freed AFTER DELETE ON taken BEGIN UPDATE tally SET number = number - 1 WHERE what = 'taken'; END;
        """,
    ];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    private WorkQueueSettings Settings => Storage.Get<WorkQueueSettings>(SettingsKey) ?? Defaults;

    /// <inheritdoc/>
    public Task<WorkTicket> Enqueue(JsonElement payload, int priority = 0, decimal delaySeconds = 0, string? id = null)
    {
        string json = Argument.Json(payload, "payload", PayloadBytes)!;
        Argument.Within(priority, "priority", LeastPriority, MostPriority);
        long delay = Argument.Milliseconds(delaySeconds, "delaySeconds", 0, MaxDelaySeconds);
        if (id is not null)
        {
            Argument.Text(id, "id", IdCharacters);
            if (IsTaken(id))
            {
                return Task.FromResult(new WorkTicket(id, false));
            }
        }
        int bytes = Encoding.UTF8.GetByteCount(json);
        CheckRoom(bytes, id is not null);
        WorkTicket ticket = new(id ?? Guid.NewGuid().ToString(), true);
        long number = Storage.Sql.Exec(
            """
            INSERT INTO job(id, is_named, priority, bytes, enqueued_at, state, visible_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number
            """, ticket.Id, id is not null, priority, bytes, Now, delay > 0 ? "delayed" : "ready", Later(delay)).One().Get<long>(0);
        Storage.Sql.Exec("INSERT INTO payload(job, json) VALUES (?, ?)", number, json);
        if (delay > 0)
        {
            WakeBy(Later(delay));
        }
        Push();
        return Task.FromResult(ticket);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkJob>> Receive(string worker, int max = 1, decimal visibilitySeconds = DefaultVisibilitySeconds)
    {
        Argument.Text(worker, "worker", WorkerCharacters);
        Argument.Within(max, "max", 1, MaxReceived);
        long visibility = Visibility(visibilitySeconds);
        EndLapsed();
        IReadOnlyList<WorkJob> jobs = [.. Ready(max).Select(number => Deliver(number, worker, visibility, isPushed: false))];
        Push();
        return Task.FromResult(jobs);
    }

    /// <inheritdoc/>
    public Task Complete(string id, string receipt)
    {
        HeldJob job = Held(id, receipt);
        Storage.Sql.Exec("DELETE FROM job WHERE number = ?", job.Number);
        long taken = job.IsNamed ? (long)(Settings.DedupeSeconds * 1_000) : 0;
        if (taken > 0)
        {
            Storage.Sql.Exec(
                "INSERT INTO taken(id, until) VALUES (?, ?) ON CONFLICT(id) DO UPDATE SET until = excluded.until", id, Later(taken));
            WakeBy(Later(taken));
        }
        Push();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> Abandon(string id, string receipt, decimal delaySeconds = 0, string? error = null)
    {
        long delay = Argument.Milliseconds(delaySeconds, "delaySeconds", 0, MaxDelaySeconds);
        HeldJob job = Held(id, receipt);
        bool dies = job.Deliveries >= Settings.MaxDeliveries;
        Storage.Sql.Exec(
            "UPDATE job SET state = ?, visible_at = ?, receipt = NULL, worker = NULL, is_pushed = 0, error = ? WHERE number = ?",
            dies ? "dead" : delay > 0 ? "delayed" : "ready", dies ? Now : Later(delay),
            error is null ? $"Delivery {job.Deliveries} was abandoned." : Argument.Shorten(error), job.Number);
        if (!dies && delay > 0)
        {
            WakeBy(Later(delay));
        }
        Push();
        return Task.FromResult(dies);
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset> Extend(string id, string receipt, decimal visibilitySeconds = DefaultVisibilitySeconds)
    {
        long until = Later(Visibility(visibilitySeconds));
        Storage.Sql.Exec("UPDATE job SET visible_at = ? WHERE number = ?", until, Held(id, receipt).Number);
        WakeBy(until);
        return Task.FromResult(Time(until));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WorkDeadLetters> DeadLetters(int limit = DeadLetterPage, string? cursor = null)
    {
        Argument.Within(limit, "limit", 1, DeadLetterPage);
        (long at, long number) = ReadCursor(cursor);
        // What has lapsed for the last time is dead, although the alarm may not have come yet.
        List<DeadRow> rows =
        [
            .. Storage.Sql.Exec(
                $"""
                SELECT number, id, json, priority, deliveries, error, enqueued_at, visible_at FROM (
                    SELECT * FROM (SELECT number, id, priority, deliveries, error, enqueued_at, visible_at FROM job
                        WHERE state = 'dead' AND (visible_at, number) > (?3, ?4) ORDER BY visible_at, number LIMIT ?5)
                    UNION ALL
                    SELECT number, id, priority, deliveries, {EndedByTimeout}, enqueued_at, visible_at FROM job
                        WHERE {Lapsing} AND state = 'held' AND deliveries >= ?2 AND (visible_at, number) > (?3, ?4))
                JOIN payload ON payload.job = number ORDER BY visible_at, number LIMIT ?5
                """, Now, Settings.MaxDeliveries, at, number, limit + 1).As<DeadRow>(),
        ];
        DeadRow? last = rows.Count > limit ? rows[limit - 1] : null;
        return Task.FromResult(new WorkDeadLetters(
            [.. rows.Take(limit).Select(row => row.ToDeadLetter())], last is null ? null : $"{last.VisibleAt}-{last.Number}"));
    }

    /// <inheritdoc/>
    public Task<WorkBatch> Redrive(IReadOnlyList<string>? ids = null, bool all = false)
    {
        if (ids is null == !all)
        {
            throw Argument.Invalid("Exactly one of 'ids' and 'all' must be given.");
        }
        if (ids is not null)
        {
            Argument.Within(ids.Count, "ids.length", 1, RedrivenIds);
        }
        EndLapsed();
        long before = Tally().DeadLetters;
        const string Move = "UPDATE job SET state = 'ready', deliveries = 0, visible_at = ? WHERE state = 'dead'";
        if (ids is null)
        {
            Storage.Sql.Exec(
                $"{Move} AND number IN (SELECT number FROM job WHERE state = 'dead' ORDER BY visible_at, number LIMIT ?)", Now, StepJobs);
        }
        else
        {
            Storage.Sql.Exec($"{Move} AND id IN (SELECT value FROM json_each(?))", Now, JsonSerializer.Serialize(ids, ObjectJson.Options));
        }
        Push();
        long left = Tally().DeadLetters;
        return Task.FromResult(new WorkBatch(before - left, left));
    }

    /// <inheritdoc/>
    public Task<WorkBatch> Purge(bool deadLetters = false)
    {
        EndLapsed();
        long before = Count();
        string states = deadLetters ? "state = 'dead'" : "state <> 'dead'";
        Storage.Sql.Exec($"DELETE FROM job WHERE number IN (SELECT number FROM job WHERE {states} LIMIT ?)", StepJobs);
        long left = Count();
        Push();
        return Task.FromResult(new WorkBatch(before - left, left));

        long Count() => Tally() is var tally && deadLetters ? tally.DeadLetters : tally.Jobs;
    }

    /// <inheritdoc/>
    public Task<WorkQueueSettings> Configure(int? maxDeliveries = null, decimal? dedupeSeconds = null)
    {
        Argument.Within(maxDeliveries ?? 1, "maxDeliveries", 1, MostDeliveries);
        Argument.Milliseconds(dedupeSeconds ?? 0, "dedupeSeconds", 0, MaxDedupeSeconds);
        WorkQueueSettings settings = Settings;
        settings = new(maxDeliveries ?? settings.MaxDeliveries, dedupeSeconds ?? settings.DedupeSeconds);
        Storage.Put(SettingsKey, settings);
        return Task.FromResult(settings);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WorkQueueStatus> Status()
    {
        WorkQueueSettings settings = Settings;
        TallyRow tally = Tally();
        // What has lapsed counts as such, although the alarm may not have come yet.
        LapsedRow lapsed = Storage.Sql.Exec(
            $"""
            SELECT coalesce(sum(state = 'delayed'), 0) AS delayed, coalesce(sum(state = 'held'), 0) AS held,
                coalesce(sum(state = 'held' AND deliveries >= ?2), 0) AS dead
            FROM job WHERE {Lapsing}
            """, Now, settings.MaxDeliveries).As<LapsedRow>().Single();
        long free = Storage.Sql.Exec("SELECT count(*) FROM taken WHERE until <= ?", Now).One().Get<long>(0);
        int workers = Storage.Sql.Exec("SELECT count(*) FROM worker").One().Get<int>(0);
        return Task.FromResult(new WorkQueueStatus(
            tally.Ready + lapsed.Delayed + lapsed.Held - lapsed.Dead, tally.Delayed - lapsed.Delayed, tally.Held - lapsed.Held,
            tally.DeadLetters + lapsed.Dead, tally.Bytes, tally.Taken - free, workers, settings));
    }

    /// <inheritdoc/>
    protected override ValueTask OnWake()
    {
        // A return to an earlier moment brings back who was connected then, but closes all sockets.
        foreach (SqlRow worker in Storage.Sql.Exec("SELECT socket FROM worker").ToList())
        {
            if (Context.Sockets.Find(worker.Get<string>(0)!) is null)
            {
                Storage.Sql.Exec("DELETE FROM worker WHERE socket = ?", worker.Get<string>(0));
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        EndLapsed();
        TrimTaken();
        Push();
        if (Storage.Sql.Exec("SELECT min(visible_at) FROM job WHERE state IN ('delayed', 'held')").One().Get<long?>(0) is { } lapse)
        {
            WakeBy(lapse);
        }
        if (Storage.Sql.Exec("SELECT min(until) FROM taken").One().Get<long?>(0) is { } until)
        {
            WakeBy(until <= Now ? Now : Math.Max(until, Now + (long)TrimEvery.TotalMilliseconds));
        }
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string worker = opening.Query.GetValueOrDefault("worker") ?? throw Argument.Invalid("Connect with '?worker='; it is missing.");
        Argument.Text(worker, "worker", WorkerCharacters);
        // What is no Int64 is too many as well.
        long concurrency = (long)Math.Min(Number(opening, "concurrency", 1, NumberStyles.None), long.MaxValue);
        Argument.Within(concurrency, "concurrency", 1, MaxConcurrency);
        long visibility = Visibility(Number(opening, "visibilitySeconds", DefaultVisibilitySeconds, NumberStyles.AllowDecimalPoint));
        Admit(worker, socket, concurrency, visibility);
        // It may have lost what was sent to its last socket, and its memory too.
        foreach (WorkJob job in Read(
            $"{Delivered} WHERE is_pushed = 1 AND worker = ? AND visible_at > ? ORDER BY priority DESC, number", worker, Now))
        {
            socket.Send("job", job);
        }
        Push();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        WorkerMessage said = message.As<WorkerMessage>()
            ?? throw Argument.Invalid("A message to a work queue is an object with 'action', 'id' and 'receipt'.");
        string id = said.Id ?? throw Argument.Invalid("'id' is missing.");
        string receipt = said.Receipt ?? throw Argument.Invalid("'receipt' is missing.");
        await (said.Action switch
        {
            "complete" => Complete(id, receipt),
            "abandon" => Abandon(id, receipt, said.DelaySeconds, said.Error),
            "extend" => Extend(id, receipt, said.VisibilitySeconds),
            _ => throw Argument.Invalid($"'action' is '{said.Action}'; it must be complete, abandon or extend."),
        });
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        if (Storage.Sql.Exec("DELETE FROM worker WHERE socket = ?", socket.Id).RowsWritten > 0)
        {
            EndIfEmpty();
        }
        return ValueTask.CompletedTask;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static long Visibility(decimal seconds) =>
        Argument.Milliseconds(seconds, "visibilitySeconds", MinVisibilitySeconds, MaxVisibilitySeconds);

    private static decimal Number(SocketOpening opening, string name, decimal otherwise, NumberStyles styles)
    {
        string? text = opening.Query.GetValueOrDefault(name);
        return text is null ? otherwise
            : text.Length <= 20 && decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out decimal number) ? number
            : throw Argument.Invalid($"'{name}' is '{Argument.Shorten(text)}'; it must be a number.");
    }

    private static (long At, long Number) ReadCursor(string? cursor)
    {
        if (cursor is null)
        {
            return (long.MinValue, 0);
        }
        string[] parts = cursor.Split('-', 2);
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long at)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? (at, number)
            : throw Argument.Invalid($"'cursor' is '{Argument.Shorten(cursor)}', which no page ended with.");
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text, ObjectJson.Options);

    /// <summary>A time after now, rounded up to the millisecond so that it never comes early.</summary>
    private long Later(long milliseconds) => (Time(Now) < Context.Now ? Now + 1 : Now) + milliseconds;

    private bool IsTaken(string id) => Storage.Sql.Exec(
        "SELECT 1 FROM job WHERE id = ?1 UNION ALL SELECT 1 FROM taken WHERE id = ?1 AND until > ?2", id, Now).FirstOrDefault() is not null;

    private void CheckRoom(int bytes, bool isNamed)
    {
        TallyRow tally = Tally();
        if (tally.Jobs + tally.DeadLetters >= MaxJobs)
        {
            throw new DurableObjectException(
                409, TooManyJobs, $"There are {MaxJobs:N0} jobs, which is the limit; {tally.DeadLetters:N0} of them are dead letters.");
        }
        if (tally.Bytes + bytes > MaxBytes)
        {
            throw new DurableObjectException(
                409, TooManyBytes, $"The payloads have {tally.Bytes:N0} bytes; {bytes:N0} more would exceed the limit of {MaxBytes:N0}.");
        }
        if (isNamed && tally.Taken >= MaxTakenIds && !TrimTaken())
        {
            throw new DurableObjectException(
                409, TooManyIds, $"{MaxTakenIds:N0} ids of completed jobs are remembered, which is the limit.");
        }
    }

    /// <summary>Removes ids that are no longer taken, of very many only the first; whether there were any.</summary>
    private bool TrimTaken() => Storage.Sql.Exec(
        "DELETE FROM taken WHERE id IN (SELECT id FROM taken WHERE until <= ? ORDER BY until LIMIT ?)", Now, StepJobs).RowsWritten > 0;

    private TallyRow Tally() => Storage.Sql.Exec(
        """
        SELECT sum(CASE what WHEN 'ready' THEN number END) AS ready, sum(CASE what WHEN 'delayed' THEN number END) AS delayed,
            sum(CASE what WHEN 'held' THEN number END) AS held, sum(CASE what WHEN 'dead' THEN number END) AS dead_letters,
            sum(CASE what WHEN 'taken' THEN number END) AS taken, sum(bytes) AS bytes
        FROM tally
        """).As<TallyRow>().Single();

    /// <summary>The job that a receipt is of, which has not lapsed.</summary>
    private HeldJob Held(string id, string receipt)
    {
        Argument.Text(id, "id", IdCharacters);
        HeldJob job = Storage.Sql.Exec(
            "SELECT number, is_named, deliveries, state, visible_at, receipt FROM job WHERE id = ?", id).As<HeldJob>().SingleOrDefault()
            ?? throw new DurableObjectException(404, UnknownJob, $"The queue has no job '{id}'; it may have been completed.");
        return job.State == "held" && job.VisibleAt > Now && job.Receipt == receipt
            ? job
            : throw new DurableObjectException(
                409, ReceiptLapsed, $"The receipt of the job '{id}' has lapsed, or never was one of it; another worker may have the job.");
    }

    private IReadOnlyList<long> Ready(int limit) =>
    [
        .. Storage.Sql.Exec("SELECT number FROM job WHERE state = 'ready' ORDER BY priority DESC, number LIMIT ?", limit)
            .Select(row => row.Get<long>(0)),
    ];

    private WorkJob Deliver(long number, string worker, long visibility, bool isPushed)
    {
        long until = Later(visibility);
        Storage.Sql.Exec(
            """
            UPDATE job SET state = 'held', visible_at = ?, deliveries = deliveries + 1, receipt = ?, worker = ?, is_pushed = ?
            WHERE number = ?
            """, until, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ReceiptBytes)), worker, isPushed, number);
        WakeBy(until);
        return Read($"{Delivered} WHERE number = ?", number).Single();
    }

    private IReadOnlyList<WorkJob> Read(string sql, params ReadOnlySpan<object?> arguments) =>
        [.. Storage.Sql.Exec(sql, arguments).As<JobRow>().Select(row => row.ToJob())];

    /// <summary>
    /// Makes visible what was delayed until now, and what a worker held until now; or makes it a dead letter. The rest of very many
    /// follows in the next turn, which the alarm gives at once.
    /// </summary>
    private void EndLapsed() => Storage.Sql.Exec(
        $"""
        UPDATE job SET state = CASE WHEN state = 'held' AND deliveries >= ?2 THEN 'dead' ELSE 'ready' END, error = {EndedByTimeout},
            receipt = NULL, worker = NULL, is_pushed = 0
        WHERE number IN (SELECT number FROM job WHERE {Lapsing} ORDER BY visible_at LIMIT {StepJobs})
        """, Now, Settings.MaxDeliveries);

    /// <summary>Gives ready jobs to connected workers that have room for them, each to the one with the most.</summary>
    private void Push()
    {
        if (Storage.Sql.Exec("SELECT 1 FROM worker LIMIT 1").FirstOrDefault() is null)
        {
            return;
        }
        EndLapsed();
        List<WorkerRow> workers =
        [
            .. Storage.Sql.Exec(
                """
                SELECT name, socket, visibility, concurrency - (SELECT count(*) FROM job WHERE is_pushed = 1 AND worker = name) AS room
                FROM worker WHERE room > 0
                """).As<WorkerRow>(),
        ];
        int room = (int)workers.Sum(worker => worker.Room);
        IReadOnlyList<long> jobs = room > 0 ? Ready(Math.Min(room, PushedJobs)) : [];
        PriorityQueue<WorkerRow, long> byRoom = new(workers.Select(worker => (worker, -worker.Room)));
        foreach (long job in jobs)
        {
            byRoom.TryDequeue(out WorkerRow? worker, out long leastRoom);
            Context.Sockets.Find(worker!.Socket)!.Send("job", Deliver(job, worker.Name, worker.Visibility, isPushed: true));
            byRoom.Enqueue(worker, leastRoom + 1);
        }
        if (jobs.Count == PushedJobs && room > PushedJobs)
        {
            WakeBy(Now);
        }
    }

    private void Admit(string worker, ObjectSocket socket, long concurrency, long visibility)
    {
        if (Storage.Sql.Exec("SELECT socket FROM worker WHERE name = ?", worker).FirstOrDefault()?.Get<string>(0) is { } former)
        {
            Context.Sockets.Find(former)?.Close(TakenOver, "The worker has connected anew.");
        }
        else if (Storage.Sql.Exec("SELECT count(*) FROM worker").One().Get<int>(0) >= MaxWorkers)
        {
            throw new DurableObjectException(409, TooManyWorkers, $"{MaxWorkers} workers are connected, which is the limit.");
        }
        Storage.Sql.Exec(
            "INSERT OR REPLACE INTO worker(name, socket, concurrency, visibility) VALUES (?, ?, ?, ?)",
            worker, socket.Id, concurrency, visibility);
    }

    private void WakeBy(long at)
    {
        if (Storage.GetAlarm() is not { } alarm || alarm > Time(at))
        {
            Storage.SetAlarm(Time(at));
        }
    }

    private void EndIfEmpty()
    {
        if (Tally() is { Jobs: 0, DeadLetters: 0, Taken: 0 } && Settings == Defaults
            && Storage.Sql.Exec("SELECT 1 FROM worker LIMIT 1").FirstOrDefault() is null)
        {
            Storage.DeleteAll();
        }
    }

    private sealed record TallyRow(long Ready, long Delayed, long Held, long DeadLetters, long Taken, long Bytes)
    {
        public long Jobs => Ready + Delayed + Held;
    }

    private sealed record LapsedRow(long Delayed, long Held, long Dead);

    private sealed record HeldJob(long Number, bool IsNamed, int Deliveries, string State, long VisibleAt, string? Receipt);

    private sealed record WorkerRow(string Name, string Socket, long Visibility, long Room);

    private sealed record JobRow(
        string Id, string Receipt, string Json, int Priority, int Deliveries, long EnqueuedAt, long VisibleAt, string? Error)
    {
        public WorkJob ToJob() => new(
            Id, Receipt, WorkQueue.Json(Json), Priority, Deliveries, Time(EnqueuedAt), Time(VisibleAt), Error);
    }

    private sealed record DeadRow(
        long Number, string Id, string Json, int Priority, int Deliveries, string? Error, long EnqueuedAt, long VisibleAt)
    {
        public WorkDeadLetter ToDeadLetter() => new(
            Id, WorkQueue.Json(Json), Priority, Deliveries, Error, Time(EnqueuedAt), Time(VisibleAt));
    }
}
