using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// Many named jobs on an object's one alarm: once or recurring, with a log of runs. A run signals the job's target; derive and
/// override <see cref="OnJob"/> to do something else.
/// </summary>
/// <remarks>
/// Each turn of the alarm runs one job and sets the alarm for the next, so a run, its effects, its entry in the log and the job's
/// next due time commit together, and calls get their turns in between. The handler runs in a transaction of its own within the
/// turn: if it throws, nothing of it remains but the failure, and that job alone is tried again later. Letting the exception end
/// the turn would leave the retries to the runtime, but those hold up every other job, keep no record, and stop after six.
/// </remarks>
[DurableObject("scheduler")]
public class Scheduler(ObjectContext context) : DurableObject(context), IScheduler
{
    /// <summary>Characters (UTF-16) of a job's id.</summary>
    public const int IdCharacters = 128;

    /// <summary>Jobs of one scheduler. All of them, at their largest, fit <see cref="Limits.ResponseBytes"/>.</summary>
    public const int MaxJobs = 1_000;

    /// <summary>Bytes of a job's payload and target together, as JSON.</summary>
    public const int JobBytes = 4 * 1_024;

    /// <summary>Runs that the log keeps.</summary>
    public const int MaxRuns = 1_000;

    /// <summary>The shortest period in seconds. Each run is a commit.</summary>
    public const decimal MinEverySeconds = 0.1m;

    /// <summary>The longest delay and the longest period in seconds: ten years of 365 days.</summary>
    public const int MaxSeconds = 10 * 365 * 24 * 60 * 60;

    /// <summary>
    /// Retries of a failing run, after 2 s, 4 s, 8 s … as an alarm has. Then a job that runs once is dropped, and one that recurs
    /// waits for its next due time.
    /// </summary>
    public const int MaxRetries = Limits.AlarmRetries;

    /// <summary>The error code of one job too many.</summary>
    public const string TooManyJobs = "too-many-jobs";

    /// <summary>How long a handler may take: less than <see cref="Limits.TurnDeadline"/>, to leave time to record it.</summary>
    public static readonly TimeSpan JobDeadline = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE job(
            id TEXT PRIMARY KEY, due INTEGER NOT NULL, every INTEGER, payload TEXT, target TEXT,
            runs_at INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, error TEXT) WITHOUT ROWID;
        CREATE INDEX job_by_time ON job(runs_at, id);
        CREATE TABLE run(
            id INTEGER PRIMARY KEY, job TEXT NOT NULL, due INTEGER NOT NULL, at INTEGER NOT NULL, attempt INTEGER NOT NULL,
            skipped INTEGER NOT NULL, error TEXT);
        """,
    ];

    /// <inheritdoc/>
    public Task<ScheduledJob> Schedule(
        string id, DateTimeOffset? at = null, decimal? delaySeconds = null, decimal? every = null, JsonElement? payload = null,
        JobTarget? target = null)
    {
        Argument.Text(id, "id", IdCharacters);
        if (at is not null && delaySeconds is not null)
        {
            throw Argument.Invalid("'at' and 'delaySeconds' are both given; they exclude each other.");
        }
        long? period = every is { } seconds ? Argument.Milliseconds(seconds, "every", MinEverySeconds, MaxSeconds) : null;
        long due = at is { } time ? Absolute(time)
            : delaySeconds is { } delay ? RoundedUp(Context.Now) + Argument.Milliseconds(delay, "delaySeconds", 0, MaxSeconds)
            : RoundedUp(Context.Now) + (period ?? throw Argument.Invalid("One of 'at', 'delaySeconds' and 'every' must be given."));
        JobRow row = new(
            id, due, period, Argument.Json(payload, "payload", int.MaxValue), Argument.Json(CheckTarget(target), "target"), due, 0, null);
        int bytes = Encoding.UTF8.GetByteCount(row.Payload + row.Target);
        if (bytes > JobBytes)
        {
            throw Argument.Invalid($"'payload' and 'target' have {bytes:N0} bytes together; the limit is {JobBytes:N0} bytes.");
        }
        if (Storage.Sql.Exec("SELECT count(*) FROM job WHERE id <> ?", id).One().Get<int>(0) >= MaxJobs)
        {
            throw new DurableObjectException(409, TooManyJobs, $"There are {MaxJobs:N0} jobs, which is the limit.");
        }
        Storage.Sql.Exec(
            "INSERT OR REPLACE INTO job(id, due, every, payload, target, runs_at) VALUES (?, ?, ?, ?, ?, ?)",
            row.Id, row.Due, row.Every, row.Payload, row.Target, row.RunsAt);
        if (Storage.GetAlarm() is not { } alarm)
        {
            SetAlarmForNext();
        }
        else if (alarm > DateTimeOffset.FromUnixTimeMilliseconds(due))
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
        return Task.FromResult(row.ToJob());
    }

    /// <inheritdoc/>
    public Task<bool> Cancel(string id)
    {
        Argument.Text(id, "id", IdCharacters);
        // The alarm stays: if it finds nothing due, it moves on.
        return Task.FromResult(Storage.Sql.Exec("DELETE FROM job WHERE id = ?", id).RowsWritten > 0);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<ScheduledJob>> List() => Task.FromResult<IReadOnlyList<ScheduledJob>>(
        [.. Storage.Sql.Exec("SELECT * FROM job ORDER BY runs_at, id").As<JobRow>().Select(row => row.ToJob())]);

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<JobRun>> Runs(int limit = 100)
    {
        Argument.Within(limit, "limit", 1, MaxRuns);
        IEnumerable<RunRow> rows = Storage.Sql.Exec("SELECT * FROM run ORDER BY id DESC LIMIT ?", limit).As<RunRow>();
        return Task.FromResult<IReadOnlyList<JobRun>>([.. rows.Select(row => row.ToRun())]);
    }

    /// <summary>
    /// Does what a job is for; here, signals its target if it has one. The job has already moved on to its next due time, so the
    /// handler may schedule it anew or cancel it. What it writes, signals and sends is undone if it throws or takes longer than
    /// <see cref="JobDeadline"/>; what it does outside the object may happen again.
    /// </summary>
    /// <param name="job">The job, with the due time that it runs for.</param>
    protected virtual ValueTask OnJob(ScheduledJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Target is { } target)
        {
            Context.Objects.Signal(
                ObjectAddress.OfKey(target.Class, target.Key), target.Method, [.. (target.Arguments ?? []).Cast<object?>()]);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override async ValueTask OnAlarm(AlarmInfo alarm)
    {
        long now = Context.Now.ToUnixTimeMilliseconds();
        JobRow? first = Storage.Sql.Exec("SELECT * FROM job WHERE runs_at <= ? ORDER BY runs_at, id LIMIT 1", now)
            .As<JobRow>().FirstOrDefault();
        // A retry means that the turn before failed as a whole: the fault of the job for which the alarm was set, if that is
        // still there.
        if (first is not null && (!alarm.IsRetry || alarm.ScheduledFor == DateTimeOffset.FromUnixTimeMilliseconds(first.RunsAt)))
        {
            await Run(first, now, alarm.IsRetry);
        }
        SetAlarmForNext();
    }

    private static JobTarget? CheckTarget(JobTarget? target)
    {
        // Refuses a malformed key where the caller still sees the error.
        _ = target is null ? null : ObjectAddress.OfKey(target.Class, target.Key);
        return target;
    }

    private static long RoundedUp(DateTimeOffset time)
    {
        long milliseconds = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) < time ? milliseconds + 1 : milliseconds;
    }

    private long Absolute(DateTimeOffset time) => time <= Context.Now.AddSeconds(MaxSeconds)
        ? RoundedUp(time)
        : throw Argument.Invalid($"'at' is {time:O}; it must be within {MaxSeconds} seconds from now.");

    private async ValueTask Run(JobRow row, long now, bool tookItsTurnAlong)
    {
        (long due, long passed) = row.LatestDue(now);
        row = row with { Due = due };
        string? error = tookItsTurnAlong ? "The run took its whole turn along; the host's log says how." : await Try(row);
        if (error is not null)
        {
            Postpone(row, error);
        }
        // A due time that was tried and failed stands in the log for itself.
        long skipped = passed > 0 && row.Failures > 0 ? passed - 1 : passed;
        Storage.Sql.Exec(
            "INSERT INTO run(job, due, at, attempt, skipped, error) VALUES (?, ?, ?, ?, ?, ?)",
            row.Id, due, now, row.Failures + 1, skipped, error);
        Storage.Sql.Exec("DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ?", MaxRuns);
    }

    /// <summary>Runs the handler; what it threw, or null.</summary>
    private async ValueTask<string?> Try(JobRow row)
    {
        try
        {
            await Storage.TransactionAsync(async () =>
            {
                MoveOn(row, row.Due + row.Every);
                await OnJob(row.ToJob()).AsTask().WaitAsync(JobDeadline, Context.Clock, Context.CancellationToken);
            });
            return null;
        }
        catch (Exception error)
        {
            return Argument.Shorten($"{error.GetType().Name}: {error.Message}");
        }
    }

    private void Postpone(JobRow row, string error)
    {
        long now = Context.Now.ToUnixTimeMilliseconds();
        int failures = row.Failures + 1;
        if (failures > MaxRetries)
        {
            MoveOn(row, row.Due + row.Every);
            return;
        }
        long delay = (long)Limits.AlarmFirstRetry.TotalMilliseconds << (failures - 1);
        Storage.Sql.Exec(
            "UPDATE job SET due = ?, runs_at = ?, failures = ?, error = ? WHERE id = ?",
            row.Due, now + delay, failures, error, row.Id);
    }

    private void MoveOn(JobRow row, long? nextDue)
    {
        if (nextDue is { } due)
        {
            Storage.Sql.Exec("UPDATE job SET due = ?1, runs_at = ?1, failures = 0, error = NULL WHERE id = ?2", due, row.Id);
        }
        else
        {
            Storage.Sql.Exec("DELETE FROM job WHERE id = ?", row.Id);
        }
    }

    private void SetAlarmForNext()
    {
        if (Storage.Sql.Exec("SELECT min(runs_at) FROM job").One().Get<long?>(0) is { } next)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(next));
        }
    }

    private sealed record RunRow(long Id, string Job, long Due, long At, int Attempt, long Skipped, string? Error)
    {
        public JobRun ToRun() => new(
            Id, Job, DateTimeOffset.FromUnixTimeMilliseconds(Due), DateTimeOffset.FromUnixTimeMilliseconds(At), Attempt, Skipped,
            Error is null, Error);
    }
}
