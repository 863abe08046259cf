namespace DurableObjects.Entities.Tests;

/// <summary>When a queue comes to be, and when it ends itself.</summary>
public sealed class WorkQueueLifetimeTests : WorkQueueTestBase
{
    [Fact]
    public async Task A_queue_in_which_nothing_is_left_ends_itself_at_its_next_alarm()
    {
        await EnqueueAsync("a");
        await CompleteAsync();
        await AdvanceAsync(WorkLimits.DefaultDedupeSeconds + 60);
        Assert.False(Host.SummaryOf(Address).Exists);
        Assert.True((await EnqueueAsync("a")).IsNew);
        Assert.True(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_queue_that_is_configured_or_holds_a_dead_letter_does_not_end_itself()
    {
        await Queue.Configure(maxDeliveries: 1);
        await EnqueueAsync("a");
        await Queue.Receive("w", visibilitySeconds: 1);
        await AdvanceAsync(100_000);
        Assert.Equal(1, (await Queue.Status()).DeadLetters);
        await Queue.Purge(deadLetters: true);
        await EnqueueAsync("b", delaySeconds: 1);
        await CompleteAsync(after: 1);
        await AdvanceAsync(100_000);
        Assert.Equal(1, (await Queue.Status()).Settings.MaxDeliveries);
        Assert.Null(Host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task A_queue_that_nothing_will_wake_any_more_ends_itself_at_once()
    {
        await EnqueueAsync("a");
        await Queue.Purge();
        Assert.False(Host.SummaryOf(Address).Exists);

        await Queue.Configure(maxDeliveries: 1);
        await EnqueueAsync("a");
        await AbandonAsync("bad");
        await Queue.Purge(deadLetters: true);
        Assert.True(Host.SummaryOf(Address).Exists);
        await Queue.Configure(maxDeliveries: WorkLimits.DefaultMaxDeliveries);
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Asking_an_empty_queue_and_being_refused_leave_nothing()
    {
        Assert.Empty(await Queue.Receive("w"));
        Assert.Equal(
            new WorkQueueStatus(0, 0, 0, 0, 0, 0, 0, new WorkQueueSettings(5, 600)), await Queue.Status());
        await Expect.Refusal(404, WorkQueue.UnknownJob, () => Queue.Complete("a", "x"));
        Assert.Empty(Host.CommitsOf(Address));
    }
}
