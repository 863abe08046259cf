using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>A scheduler whose jobs do what their payload says, to see what remains of a run.</summary>
[DurableObject("jobs")]
public sealed class Jobs(ObjectContext context, JobLog log) : Scheduler(context), IJobs
{
    [ReadOnlyMethod]
    public Task<long> Written() => Task.FromResult(Storage.Get<long>("written"));

    protected override async ValueTask OnJob(ScheduledJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        log.Started.Add((job.Id, job.Due, Context.Now));
        Storage.Put("written", Storage.Get<long>("written") + 1);
        await base.OnJob(job);
        Context.Sockets.Send("ran", job.Id);
        switch (job.Payload?.ValueKind == JsonValueKind.String ? job.Payload.Value.GetString() : null)
        {
            case "yield":
                await Task.Yield();
                Storage.Put("written", Storage.Get<long>("written") + 10);
                break;
            case "fail":
                await Task.Yield();
                throw new InvalidOperationException("as its payload says");
            case "fail with half a character":
                throw new InvalidOperationException(new string('x', 499) + "\ud83d\ude42");
            case "fail until 00:01:00" when Context.Now.Minute == 0:
                throw new InvalidOperationException("too early");
            case "hang":
                // By then the scheduler waits for this.
                await Task.Yield();
                log.Clock.Advance(JobDeadline);
                await log.Never.Task;
                break;
            case "block":
                log.Clock.Advance(Limits.TurnDeadline);
                break;
            case "lose the transaction":
                Storage.Sql.Exec("INSERT OR ROLLBACK INTO run SELECT * FROM run");
                break;
            case "again":
                await Schedule(job.Id, delaySeconds: 5);
                break;
            case "cancel":
                await Cancel(job.Id);
                break;
        }
    }
}

/// <summary>The scheduler's methods and one to look into it.</summary>
public interface IJobs : IScheduler
{
    Task<long> Written();
}

/// <summary>What reached the handler, kept outside the object, where nothing is undone.</summary>
public sealed class JobLog(FakeClock clock)
{
    public FakeClock Clock { get; } = clock;

    public List<(string Id, DateTimeOffset Due, DateTimeOffset At)> Started { get; } = [];

    public TaskCompletionSource Never { get; } = new();
}
