namespace DurableObjects.Entities.Tests;

/// <summary>Who gets a job, when, and what its receipt is good for.</summary>
public sealed class WorkQueueDeliveryTests : WorkQueueTestBase
{
    [Fact]
    public async Task A_job_is_delivered_with_what_was_enqueued_and_gone_when_completed()
    {
        WorkTicket ticket = await Queue.Enqueue(Json("""{"to":"ada"}"""), priority: 3);
        await Host.HibernateAllAsync(rebuild: true);
        await AdvanceAsync(1);
        WorkJob job = Assert.Single(await Queue.Receive("w1", visibilitySeconds: 5));

        Assert.True(ticket.IsNew);
        Assert.Equal(
            (ticket.Id, """{"to":"ada"}""", 3, 1, Start, At(6), null),
            (job.Id, job.Payload.GetRawText(), job.Priority, job.Delivery, job.EnqueuedAt, job.VisibleAt, job.LastError));
        Assert.Equal(22, job.Receipt.Length);
        await Host.HibernateAllAsync(rebuild: true);
        await Queue.Complete(job.Id, job.Receipt);
        Assert.Empty(await Queue.Receive("w1"));
        await Expect.Refusal(404, WorkQueue.UnknownJob, () => Queue.Complete(job.Id, job.Receipt), job.Id);
    }

    [Fact]
    public async Task The_highest_priority_comes_first_and_within_one_what_was_enqueued_first()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b", priority: 1);
        await EnqueueAsync("c");
        await EnqueueAsync("d", priority: 1);
        await EnqueueAsync("e", priority: -100);
        await EnqueueAsync("f", priority: 100);

        Assert.Equal(["f", "b"], Ids(await Queue.Receive("w", max: 2)));
        Assert.Equal(["d", "a", "c", "e"], Ids(await Queue.Receive("w", max: 10)));
        Assert.Empty(await Queue.Receive("w", max: 10));
    }

    [Fact]
    public async Task A_delay_passes_to_the_millisecond_and_leaves_a_job_at_its_place()
    {
        await EnqueueAsync("slow", delaySeconds: 2);
        await EnqueueAsync("fast");
        Assert.Equal(["fast"], Ids(await Queue.Receive("w", max: 10, visibilitySeconds: 1)));

        await AdvanceAsync(1.999);
        Assert.Equal(["fast"], Ids(await Queue.Receive("w", max: 10, visibilitySeconds: 0.1m)));
        await AdvanceAsync(0.001);
        Assert.Equal(["slow"], Ids(await Queue.Receive("w", max: 10)));
    }

    [Fact]
    public async Task A_delay_is_not_early_by_a_fraction_of_a_millisecond()
    {
        Host.Clock.Advance(TimeSpan.FromTicks(5));
        await EnqueueAsync("a", delaySeconds: 0.001m);
        Host.Clock.Advance(TimeSpan.FromTicks(9_996));

        Assert.Empty(await Queue.Receive("w"));
        Host.Clock.Advance(TimeSpan.FromTicks(9_999));
        Assert.Single(await Queue.Receive("w"));
    }

    [Fact]
    public async Task A_held_job_is_delivered_again_when_its_receipt_lapses_to_the_millisecond_also_before_the_alarm()
    {
        await EnqueueAsync("a");
        WorkJob first = Assert.Single(await Queue.Receive("w1", visibilitySeconds: 0.5m));
        Host.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Empty(await Queue.Receive("w2"));
        Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        WorkJob second = Assert.Single(await Queue.Receive("w2"));

        Assert.Equal((2, "Delivery 1 to 'w1' ended by its visibility timeout."), (second.Delivery, second.LastError));
        Assert.NotEqual(first.Receipt, second.Receipt);
        await Host.TickAsync();
        Assert.Equal((0, 1), await ReadyAndHeldAsync());
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", first.Receipt), "'a'");
        await Queue.Complete("a", second.Receipt);
    }

    [Fact]
    public async Task A_lapsed_receipt_does_nothing_although_nobody_else_has_the_job()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w", visibilitySeconds: 1));
        Host.Clock.Advance(TimeSpan.FromSeconds(1));

        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", job.Receipt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Abandon("a", job.Receipt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Extend("a", job.Receipt));
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        await Host.TickAsync();
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", job.Receipt));
    }

    [Fact]
    public async Task A_receipt_is_of_one_job_and_one_delivery()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        IReadOnlyList<WorkJob> jobs = await Queue.Receive("w", max: 2);

        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", jobs[1].Receipt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", ""));
        await Queue.Abandon("a", jobs[0].Receipt);
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", jobs[0].Receipt));
    }

    [Fact]
    public async Task Extending_moves_the_lapse_either_way_from_now()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w", visibilitySeconds: 10));
        await AdvanceAsync(9);
        Assert.Equal(At(19), await Queue.Extend("a", job.Receipt, 10));
        await AdvanceAsync(9.999);
        Assert.Empty(await Queue.Receive("w"));
        Assert.Equal(At(19.099), await Queue.Extend("a", job.Receipt, 0.1m));
        await AdvanceAsync(0.1);
        Assert.Single(await Queue.Receive("w"));
    }

    [Fact]
    public async Task An_abandoned_job_comes_back_at_its_place_after_its_delay_with_the_error()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        Assert.False(await Queue.Abandon("a", job.Receipt, delaySeconds: 5, error: "no network"));

        await AdvanceAsync(4.999);
        Assert.Equal(1, (await Queue.Status()).Delayed);
        await AdvanceAsync(0.001);
        IReadOnlyList<WorkJob> jobs = await Queue.Receive("w", max: 2);
        Assert.Equal([("a", "no network", 2), ("b", null, 1)], jobs.Select(one => (one.Id, one.LastError, one.Delivery)));
        await Queue.Abandon("b", jobs[1].Receipt);
        Assert.Equal("Delivery 1 was abandoned.", Assert.Single(await Queue.Receive("w")).LastError);
    }

    [Fact]
    public async Task An_error_is_kept_shortened_and_whole_in_its_characters()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Abandon("a", job.Receipt, error: new string('x', 499) + "\ud83d\ude42 and more");
        Assert.Equal(new string('x', 499) + "\ufffd", Assert.Single(await Queue.Receive("w")).LastError);
    }

    [Fact]
    public async Task Over_HTTP_arguments_may_be_left_out()
    {
        Assert.Equal(
            """{"id":"a","isNew":true}""",
            await Host.PostAsync("work-queue", "mails", "enqueue", """{"payload":{"n":1.50},"id":"a"}"""));
        string received = await Host.PostAsync("work-queue", "mails", "receive", """{"worker":"w"}""");
        Assert.StartsWith("""[{"id":"a","receipt":""", received, StringComparison.Ordinal);
        Assert.Contains(""","payload":{"n":1.50},"priority":0,"delivery":1,""", received, StringComparison.Ordinal);
        Assert.EndsWith(
            """
            "enqueuedAt":"2030-01-01T00:00:00+00:00","visibleAt":"2030-01-01T00:00:30+00:00","lastError":null}]
            """.Trim(), received, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DurableObjectException>(() => Host.PostAsync("work-queue", "mails", "enqueue", "{}"));
    }
}
