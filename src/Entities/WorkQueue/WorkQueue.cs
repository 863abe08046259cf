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

    private const string SettingsKey = "settings";

    private static readonly WorkQueueSettings Defaults = new(WorkLimits.DefaultMaxDeliveries, WorkLimits.DefaultDedupeSeconds);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
        [WorkJobs.Migration + TakenIds.Migration + ConnectedWorkers.Migration + WorkTally.Migration];

    private WorkJobs Jobs => new(Storage);

    private DeadLetterJobs Dead => new(Storage);

    private TakenIds Taken => new(Storage);

    private ConnectedWorkers Workers => new(Context);

    private WorkTally Tally => WorkTally.Of(Storage);

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    private WorkQueueSettings Settings => Storage.Get<WorkQueueSettings>(SettingsKey) ?? Defaults;

    /// <inheritdoc/>
    public Task<WorkTicket> Enqueue(JsonElement payload, int priority = 0, decimal delaySeconds = 0, string? id = null)
    {
        string json = Argument.Json(payload, "payload", WorkLimits.PayloadBytes)!;
        Argument.Within(priority, "priority", WorkLimits.LeastPriority, WorkLimits.MostPriority);
        long delay = Argument.Milliseconds(delaySeconds, "delaySeconds", 0, WorkLimits.MaxDelaySeconds);
        if (id is not null)
        {
            Argument.Text(id, "id", WorkLimits.IdCharacters);
            if (Taken.Has(id, Now))
            {
                return Task.FromResult(new WorkTicket(id, false));
            }
        }
        int bytes = Encoding.UTF8.GetByteCount(json);
        CheckRoom(bytes, id is not null);
        WorkTicket ticket = new(id ?? Guid.NewGuid().ToString(), true);
        Jobs.Add(ticket.Id, id is not null, json, bytes, priority, Now, delay > 0 ? "delayed" : "ready", Later(delay));
        if (delay > 0)
        {
            WakeBy(Later(delay));
        }
        Push();
        return Task.FromResult(ticket);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<WorkJob>> Receive(string worker, int max = 1, decimal visibilitySeconds = WorkLimits.DefaultVisibilitySeconds)
    {
        Argument.Text(worker, "worker", WorkLimits.WorkerCharacters);
        Argument.Within(max, "max", 1, WorkLimits.MaxReceived);
        long visibility = WorkJobs.Visibility(visibilitySeconds);
        EndLapsed();
        IReadOnlyList<WorkJob> jobs = [.. Jobs.Ready(max).Select(number => Deliver(number, worker, visibility, isPushed: false))];
        Push();
        return Task.FromResult(jobs);
    }

    /// <inheritdoc/>
    public Task Complete(string id, string receipt)
    {
        HeldJob job = Jobs.Held(id, receipt, Now);
        Jobs.Remove(job);
        long taken = job.IsNamed ? (long)(Settings.DedupeSeconds * 1_000) : 0;
        if (taken > 0)
        {
            Taken.Add(id, Later(taken));
            WakeBy(Later(taken));
        }
        Push();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> Abandon(string id, string receipt, decimal delaySeconds = 0, string? error = null)
    {
        long delay = Argument.Milliseconds(delaySeconds, "delaySeconds", 0, WorkLimits.MaxDelaySeconds);
        HeldJob job = Jobs.Held(id, receipt, Now);
        bool dies = job.Deliveries >= Settings.MaxDeliveries;
        Jobs.Release(
            job, dies ? "dead" : delay > 0 ? "delayed" : "ready", dies ? Now : Later(delay),
            error is null ? $"Delivery {job.Deliveries} was abandoned." : Argument.Shorten(error));
        if (!dies && delay > 0)
        {
            WakeBy(Later(delay));
        }
        Push();
        return Task.FromResult(dies);
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset> Extend(string id, string receipt, decimal visibilitySeconds = WorkLimits.DefaultVisibilitySeconds)
    {
        long until = Later(WorkJobs.Visibility(visibilitySeconds));
        Jobs.Extend(Jobs.Held(id, receipt, Now), until);
        WakeBy(until);
        return Task.FromResult(Time(until));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WorkDeadLetters> DeadLetters(int limit = WorkLimits.DeadLetterPage, string? cursor = null)
    {
        Argument.Within(limit, "limit", 1, WorkLimits.DeadLetterPage);
        return Task.FromResult(Dead.Page(limit, cursor, Now, Settings.MaxDeliveries));
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
            Argument.Within(ids.Count, "ids.length", 1, WorkLimits.RedrivenIds);
        }
        EndLapsed();
        long before = Tally.DeadLetters;
        Dead.Redrive(ids, Now);
        long left = Tally.DeadLetters;
        Push();
        return Task.FromResult(new WorkBatch(before - left, left));
    }

    /// <inheritdoc/>
    public Task<WorkBatch> Purge(bool deadLetters = false)
    {
        EndLapsed();
        long before = Count();
        Jobs.Purge(deadLetters);
        long left = Count();
        Push();
        EndIfEmpty();
        return Task.FromResult(new WorkBatch(before - left, left));

        long Count() => Tally is var tally && deadLetters ? tally.DeadLetters : tally.Jobs;
    }

    /// <inheritdoc/>
    public Task<WorkQueueSettings> Configure(int? maxDeliveries = null, decimal? dedupeSeconds = null)
    {
        Argument.Within(maxDeliveries ?? 1, "maxDeliveries", 1, WorkLimits.MostDeliveries);
        Argument.Milliseconds(dedupeSeconds ?? 0, "dedupeSeconds", 0, WorkLimits.MaxDedupeSeconds);
        WorkQueueSettings settings = Settings;
        settings = new(maxDeliveries ?? settings.MaxDeliveries, dedupeSeconds ?? settings.DedupeSeconds);
        Storage.Put(SettingsKey, settings);
        EndIfEmpty();
        return Task.FromResult(settings);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<WorkQueueStatus> Status()
    {
        WorkQueueSettings settings = Settings;
        WorkTally tally = Tally;
        // What has lapsed counts as such, although the alarm may not have come yet.
        LapsedJobs lapsed = Jobs.Lapsed(Now, settings.MaxDeliveries);
        return Task.FromResult(new WorkQueueStatus(
            tally.Ready + lapsed.Delayed + lapsed.Held - lapsed.Dead, tally.Delayed - lapsed.Delayed, tally.Held - lapsed.Held,
            tally.DeadLetters + lapsed.Dead, tally.Bytes, tally.Taken - Taken.Free(Now), Workers.Count(), settings));
    }

    /// <inheritdoc/>
    protected override ValueTask OnWake()
    {
        // A return to an earlier moment brings back who was connected then, but closes all sockets.
        Workers.RemoveClosed();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        EndLapsed();
        Taken.Trim(Now);
        Push();
        if (Jobs.NextLapse() is { } lapse)
        {
            WakeBy(lapse);
        }
        if (Taken.NextTrim(Now) is { } trim)
        {
            WakeBy(trim);
        }
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string worker = Workers.Admit(socket, opening);
        // It may have lost what was sent to its last socket, and its memory too.
        foreach (WorkJob job in Jobs.PushedTo(worker, Now))
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
        if (Workers.Remove(socket.Id))
        {
            EndIfEmpty();
        }
        return ValueTask.CompletedTask;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    /// <summary>A time after now, rounded up to the millisecond so that it never comes early.</summary>
    private long Later(long milliseconds) => (Time(Now) < Context.Now ? Now + 1 : Now) + milliseconds;

    private void CheckRoom(int bytes, bool isNamed)
    {
        WorkTally tally = Tally;
        if (tally.Jobs + tally.DeadLetters >= WorkLimits.MaxJobs)
        {
            throw new DurableObjectException(
                409, TooManyJobs,
                $"There are {WorkLimits.MaxJobs:N0} jobs, which is the limit; {tally.DeadLetters:N0} of them are dead letters.");
        }
        if (tally.Bytes + bytes > WorkLimits.MaxBytes)
        {
            throw new DurableObjectException(
                409, TooManyBytes,
                $"The payloads have {tally.Bytes:N0} bytes; {bytes:N0} more would exceed the limit of {WorkLimits.MaxBytes:N0}.");
        }
        if (isNamed && tally.Taken >= WorkLimits.MaxTakenIds && !Taken.Trim(Now))
        {
            throw new DurableObjectException(
                409, TooManyIds, $"{WorkLimits.MaxTakenIds:N0} ids of completed jobs are remembered, which is the limit.");
        }
    }

    private WorkJob Deliver(long number, string worker, long visibility, bool isPushed)
    {
        long until = Later(visibility);
        WakeBy(until);
        return Jobs.Deliver(number, worker, until, isPushed);
    }

    private void EndLapsed() => Jobs.EndLapsed(Now, Settings.MaxDeliveries);

    /// <summary>Gives ready jobs to connected workers that have room for them, each to the one with the most.</summary>
    private void Push()
    {
        if (!Workers.Any())
        {
            return;
        }
        EndLapsed();
        List<ConnectedWorker> workers = Workers.WithRoom();
        int room = (int)workers.Sum(worker => worker.Room);
        IReadOnlyList<long> jobs = room > 0 ? Jobs.Ready(Math.Min(room, PushedJobs)) : [];
        PriorityQueue<ConnectedWorker, long> byRoom = new(workers.Select(worker => (worker, -worker.Room)));
        foreach (long job in jobs)
        {
            byRoom.TryDequeue(out ConnectedWorker? worker, out long leastRoom);
            Context.Sockets.Find(worker!.Socket)!.Send("job", Deliver(job, worker.Name, worker.Visibility, isPushed: true));
            byRoom.Enqueue(worker, leastRoom + 1);
        }
        if (jobs.Count == PushedJobs && room > PushedJobs)
        {
            WakeBy(Now);
        }
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
        if (Tally is { Jobs: 0, DeadLetters: 0, Taken: 0 } && Settings == Defaults && !Workers.Any())
        {
            Storage.DeleteAll();
        }
    }
}
