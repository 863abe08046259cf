namespace DurableObjects.Entities.Tests;

/// <summary>What becomes of a job that was delivered too often.</summary>
public sealed class WorkQueueDeadLetterTests : WorkQueueTestBase
{
    [Fact]
    public async Task After_so_many_deliveries_a_job_is_a_dead_letter_with_the_last_error()
    {
        await Queue.Configure(maxDeliveries: 2);
        await EnqueueAsync("a", priority: 7);
        await AbandonAsync("first");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await AdvanceAsync(1);
        Assert.True(await Queue.Abandon("a", job.Receipt, delaySeconds: 60, error: "second"));

        Assert.Empty(await Queue.Receive("w"));
        WorkDeadLetter dead = Assert.Single((await Queue.DeadLetters()).Items);
        Assert.Equal(
            ("a", "\"a\"", 7, 2, "second", Start, At(1)),
            (dead.Id, dead.Payload.GetRawText(), dead.Priority, dead.Deliveries, dead.Error, dead.EnqueuedAt, dead.DiedAt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", job.Receipt));
    }

    [Fact]
    public async Task A_last_delivery_that_lapses_makes_a_dead_letter_as_soon_as_it_has_lapsed()
    {
        await Queue.Configure(maxDeliveries: 1);
        await EnqueueAsync("a");
        await Queue.Receive("w", visibilitySeconds: 1);
        Host.Clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty((await Queue.DeadLetters()).Items);
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        // The alarm has not come yet.
        WorkDeadLetter early = Assert.Single((await Queue.DeadLetters()).Items);
        Assert.Equal(1, (await Queue.Status()).DeadLetters);
        await AdvanceAsync(3);
        WorkDeadLetter late = Assert.Single((await Queue.DeadLetters()).Items);
        Assert.Equal(("Delivery 1 to 'w' ended by its visibility timeout.", At(1)), (early.Error, early.DiedAt));
        Assert.Equal((early.Error, early.DiedAt), (late.Error, late.DiedAt));
        Assert.Equal((0, 0), await ReadyAndHeldAsync());
    }

    [Fact]
    public async Task Dead_letters_come_in_pages_in_the_order_in_which_they_died()
    {
        await Queue.Configure(maxDeliveries: 1);
        foreach (string id in (string[])["a", "b", "c", "d", "e"])
        {
            await EnqueueAsync(id);
        }
        IReadOnlyList<WorkJob> jobs = await Queue.Receive("w", max: 4, visibilitySeconds: 60);
        await Queue.Receive("w", visibilitySeconds: 1);
        await Queue.Abandon("c", jobs[2].Receipt);
        Host.Clock.Advance(TimeSpan.FromSeconds(2));
        await Queue.Extend("a", jobs[0].Receipt, 0.1m);
        await Queue.Extend("b", jobs[1].Receipt, 0.1m);
        Host.Clock.Advance(TimeSpan.FromSeconds(1));

        WorkDeadLetters first = await Queue.DeadLetters(limit: 2);
        WorkDeadLetters second = await Queue.DeadLetters(limit: 2, first.Cursor);
        Assert.Equal(["c", "e", "a", "b"], first.Items.Concat(second.Items).Select(one => one.Id));
        Assert.Null(second.Cursor);
        await Expect.InvalidArgument(() => Queue.DeadLetters(0), "'limit'", "1", "100");
        await Expect.InvalidArgument(() => Queue.DeadLetters(101), "'limit'");
        foreach (string cursor in (string[])["", "x", "1", "1-x", "-1-2", "99999999999999999999-1"])
        {
            await Expect.InvalidArgument(() => Queue.DeadLetters(1, cursor), "'cursor'");
        }
    }

    [Fact]
    public async Task Redriven_jobs_have_all_their_deliveries_before_them_and_their_old_place()
    {
        await Queue.Configure(maxDeliveries: 1);
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        await AbandonAsync("bad");
        await AbandonAsync("worse");
        await EnqueueAsync("c");

        Assert.Equal(new WorkBatch(1, 1), await Queue.Redrive(["b", "nobody", "c"]));
        Assert.Equal(new WorkBatch(1, 0), await Queue.Redrive(all: true));
        Assert.Equal(new WorkBatch(0, 0), await Queue.Redrive(all: true));
        IReadOnlyList<WorkJob> jobs = await Queue.Receive("w", max: 10);
        Assert.Equal([("a", "bad", 1), ("b", "worse", 1), ("c", null, 1)], jobs.Select(one => (one.Id, one.LastError, one.Delivery)));
        await Expect.InvalidArgument(() => Queue.Redrive(), "'ids'", "'all'");
        await Expect.InvalidArgument(() => Queue.Redrive(["a"], all: true), "'ids'", "'all'");
        await Expect.InvalidArgument(() => Queue.Redrive([]), "'ids.length'");
        await Expect.InvalidArgument(() => Queue.Redrive([.. Enumerable.Repeat("x", 101)]), "'ids.length'");
        await Queue.Redrive([.. Enumerable.Repeat("x", 100)]);
    }

    [Fact]
    public async Task What_dies_while_others_are_redriven_is_not_taken_off_the_number()
    {
        await Queue.Configure(maxDeliveries: 1);
        const int jobs = WorkLimits.StepJobs + 1;
        for (int i = 0; i < jobs; i++)
        {
            await Queue.Enqueue(Json("1"));
        }
        for (int i = 0; i < jobs; i += WorkLimits.MaxReceived)
        {
            await Queue.Receive("w", max: WorkLimits.MaxReceived, visibilitySeconds: 1);
        }
        await Host.ConnectAsync(Address, new Dictionary<string, string> { ["worker"] = "v" });
        Host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new WorkBatch(0, WorkLimits.StepJobs), await Queue.Redrive(["nobody"]));
    }

    [Fact]
    public async Task Redriving_and_purging_go_in_steps_of_a_thousand()
    {
        await Queue.Configure(maxDeliveries: 1);
        for (int i = 0; i < 1_001; i++)
        {
            await Queue.Enqueue(Json("1"));
        }
        for (int i = 0; i < 11; i++)
        {
            await Queue.Receive("w", max: 100, visibilitySeconds: 1);
        }
        // More lapse at once than one turn takes; the alarm comes again at once for the rest.
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1_001, (await Queue.Status()).DeadLetters);
        Assert.Equal(2, (await Host.TickAsync()).Count);

        Assert.Equal(new WorkBatch(1_000, 1), await Queue.Redrive(all: true));
        Assert.Equal(new WorkBatch(1, 0), await Queue.Purge(deadLetters: true));
        await Queue.Enqueue(Json("1"));
        await Queue.Receive("w");
        Assert.Equal(new WorkBatch(1_000, 1), await Queue.Purge());
        Assert.Equal(new WorkBatch(1, 0), await Queue.Purge());
        Assert.Equal(0, (await Queue.Status()).Bytes);
    }
}
