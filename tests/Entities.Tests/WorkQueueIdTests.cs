namespace DurableObjects.Entities.Tests;

/// <summary>How long an id is taken.</summary>
public sealed class WorkQueueIdTests : WorkQueueTestBase
{
    [Fact]
    public async Task Purged_jobs_are_gone_with_their_receipts_and_their_ids_are_free()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b", delaySeconds: 5);
        WorkJob job = Assert.Single(await Queue.Receive("w"));

        Assert.Equal(new WorkBatch(0, 0), await Queue.Purge(deadLetters: true));
        Assert.Equal(new WorkBatch(2, 0), await Queue.Purge());
        await Expect.Refusal(404, WorkQueue.UnknownJob, () => Queue.Complete("a", job.Receipt));
        Assert.True((await EnqueueAsync("a")).IsNew);
    }

    [Fact]
    public async Task An_id_is_enqueued_once_until_some_time_after_its_completion()
    {
        Assert.True((await EnqueueAsync("a")).IsNew);
        Assert.Equal(new WorkTicket("a", false), await Queue.Enqueue(Json("2"), priority: 9, id: "a"));
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        Assert.Equal(("\"a\"", 0), (job.Payload.GetRawText(), job.Priority));
        Assert.False((await EnqueueAsync("a")).IsNew);
        await Queue.Complete("a", job.Receipt);

        await AdvanceAsync(WorkLimits.DefaultDedupeSeconds - 0.001);
        Assert.False((await EnqueueAsync("a")).IsNew);
        Assert.Equal(1, (await Queue.Status()).TakenIds);
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, (await Queue.Status()).TakenIds);
        Assert.True((await EnqueueAsync("a")).IsNew);
        await CompleteAsync();
        Assert.False((await EnqueueAsync("a")).IsNew);
        Assert.Equal(1, (await Queue.Status()).TakenIds);
    }

    [Fact]
    public async Task An_id_is_free_at_once_if_so_configured_and_that_of_a_dead_letter_is_not()
    {
        await Queue.Configure(maxDeliveries: 1, dedupeSeconds: 0);
        await EnqueueAsync("a");
        await CompleteAsync();
        Assert.True((await EnqueueAsync("a")).IsNew);
        await AbandonAsync("bad");
        Assert.False((await EnqueueAsync("a")).IsNew);
        Assert.Equal(new WorkQueueSettings(3, 0), await Queue.Configure(maxDeliveries: 3));
        Assert.Equal(new WorkQueueSettings(3, 1.5m), await Queue.Configure(dedupeSeconds: 1.5m));
    }

    [Fact]
    public async Task Ids_that_are_no_longer_taken_are_forgotten_however_many_they_are()
    {
        int ids = 2 * WorkLimits.StepJobs + 500;
        for (int i = 0; i < ids; i++)
        {
            await EnqueueAsync($"{i}");
        }
        for (int i = 0; i < ids; i += WorkLimits.MaxReceived)
        {
            foreach (WorkJob job in await Queue.Receive("w", WorkLimits.MaxReceived))
            {
                await Queue.Complete(job.Id, job.Receipt);
            }
        }
        await Host.AdvanceAsync(TimeSpan.FromSeconds(WorkLimits.DefaultDedupeSeconds) - TimeSpan.FromMilliseconds(1));
        Assert.True(Host.SummaryOf(Address).Exists);

        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        // It ends when the last is forgotten.
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Ids_that_are_no_longer_taken_make_room_though_the_alarm_is_late()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
        await Host.HibernateAllAsync();
        Tables.Change(Host.DatabaseOf(Address), $"UPDATE tally SET number = {WorkLimits.MaxTakenIds} WHERE what = 'taken'");
        await Expect.Refusal(409, WorkQueue.TooManyIds, () => EnqueueAsync("b"));

        Host.Clock.Advance(TimeSpan.FromSeconds(WorkLimits.DefaultDedupeSeconds));

        await EnqueueAsync("b");
    }
}
