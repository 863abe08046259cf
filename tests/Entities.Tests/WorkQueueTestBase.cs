using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

/// <summary>A queue, and what its tests do with it.</summary>
public abstract class WorkQueueTestBase : IAsyncLifetime
{
    protected static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    protected TestHost Host { get; } = TestHost.Of(typeof(WorkQueue));

    protected IWorkQueue Queue => Host.Objects.Get<IWorkQueue>("mails");

    protected ObjectAddress Address => Host.Address<IWorkQueue>("mails");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    protected static DateTimeOffset At(double seconds) => Start.AddMilliseconds(Math.Round(seconds * 1_000));

    protected static IEnumerable<string> Ids(IEnumerable<WorkJob> jobs) => jobs.Select(job => job.Id);

    protected Task<IReadOnlyList<Answer>> AdvanceAsync(double seconds) =>
        Host.AdvanceAsync(TimeSpan.FromMilliseconds(Math.Round(seconds * 1_000)));

    protected Task<WorkTicket> EnqueueAsync(string id, int priority = 0, decimal delaySeconds = 0) =>
        Queue.Enqueue(Json($"\"{id}\""), priority, delaySeconds, id);

    protected async Task CompleteAsync(double after = 0)
    {
        await AdvanceAsync(after);
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
    }

    protected async Task AbandonAsync(string error)
    {
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Abandon(job.Id, job.Receipt, error: error);
    }

    protected async Task<(long Ready, long Held)> ReadyAndHeldAsync()
    {
        WorkQueueStatus status = await Queue.Status();
        return (status.Ready, status.Held);
    }
}
