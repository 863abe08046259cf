using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class WorkQueueTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(WorkQueue));

    private IWorkQueue Queue => _host.Objects.Get<IWorkQueue>("mails");

    private ObjectAddress Address => _host.Address<IWorkQueue>("mails");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_job_is_delivered_with_what_was_enqueued_and_gone_when_completed()
    {
        WorkTicket ticket = await Queue.Enqueue(Json("""{"to":"ada"}"""), priority: 3);
        await _host.HibernateAllAsync(rebuild: true);
        await AdvanceAsync(1);
        WorkJob job = Assert.Single(await Queue.Receive("w1", visibilitySeconds: 5));

        Assert.True(ticket.IsNew);
        Assert.Equal(
            (ticket.Id, """{"to":"ada"}""", 3, 1, Start, At(6), null),
            (job.Id, job.Payload.GetRawText(), job.Priority, job.Delivery, job.EnqueuedAt, job.VisibleAt, job.LastError));
        Assert.Equal(22, job.Receipt.Length);
        await _host.HibernateAllAsync(rebuild: true);
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
        _host.Clock.Advance(TimeSpan.FromTicks(5));
        await EnqueueAsync("a", delaySeconds: 0.001m);
        _host.Clock.Advance(TimeSpan.FromTicks(9_996));

        Assert.Empty(await Queue.Receive("w"));
        _host.Clock.Advance(TimeSpan.FromTicks(9_999));
        Assert.Single(await Queue.Receive("w"));
    }

    [Fact]
    public async Task A_held_job_is_delivered_again_when_its_receipt_lapses_to_the_millisecond_also_before_the_alarm()
    {
        await EnqueueAsync("a");
        WorkJob first = Assert.Single(await Queue.Receive("w1", visibilitySeconds: 0.5m));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Empty(await Queue.Receive("w2"));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        WorkJob second = Assert.Single(await Queue.Receive("w2"));

        Assert.Equal((2, "Delivery 1 to 'w1' ended by its visibility timeout."), (second.Delivery, second.LastError));
        Assert.NotEqual(first.Receipt, second.Receipt);
        await _host.TickAsync();
        Assert.Equal((0, 1), await ReadyAndHeldAsync());
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", first.Receipt), "'a'");
        await Queue.Complete("a", second.Receipt);
    }

    [Fact]
    public async Task A_lapsed_receipt_does_nothing_although_nobody_else_has_the_job()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w", visibilitySeconds: 1));
        _host.Clock.Advance(TimeSpan.FromSeconds(1));

        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Complete("a", job.Receipt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Abandon("a", job.Receipt));
        await Expect.Refusal(409, WorkQueue.ReceiptLapsed, () => Queue.Extend("a", job.Receipt));
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        await _host.TickAsync();
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
        _host.Clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty((await Queue.DeadLetters()).Items);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

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
        _host.Clock.Advance(TimeSpan.FromSeconds(2));
        await Queue.Extend("a", jobs[0].Receipt, 0.1m);
        await Queue.Extend("b", jobs[1].Receipt, 0.1m);
        _host.Clock.Advance(TimeSpan.FromSeconds(1));

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
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1_001, (await Queue.Status()).DeadLetters);
        Assert.Equal(2, (await _host.TickAsync()).Count);

        Assert.Equal(new WorkBatch(1_000, 1), await Queue.Redrive(all: true));
        Assert.Equal(new WorkBatch(1, 0), await Queue.Purge(deadLetters: true));
        await Queue.Enqueue(Json("1"));
        await Queue.Receive("w");
        Assert.Equal(new WorkBatch(1_000, 1), await Queue.Purge());
        Assert.Equal(new WorkBatch(1, 0), await Queue.Purge());
        Assert.Equal(0, (await Queue.Status()).Bytes);
    }

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
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
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
    public async Task A_queue_in_which_nothing_is_left_ends_itself_at_its_next_alarm()
    {
        await EnqueueAsync("a");
        await CompleteAsync();
        await AdvanceAsync(WorkLimits.DefaultDedupeSeconds + 60);
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.True((await EnqueueAsync("a")).IsNew);
        Assert.True(_host.SummaryOf(Address).Exists);
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
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task Asking_an_empty_queue_and_being_refused_leave_nothing()
    {
        Assert.Empty(await Queue.Receive("w"));
        Assert.Equal(
            new WorkQueueStatus(0, 0, 0, 0, 0, 0, 0, new WorkQueueSettings(5, 600)), await Queue.Status());
        await Expect.Refusal(404, WorkQueue.UnknownJob, () => Queue.Complete("a", "x"));
        Assert.Empty(_host.CommitsOf(Address));
    }

    [Fact]
    public async Task Arguments_have_limits_on_both_sides()
    {
        await Expect.InvalidArgument(() => Queue.Enqueue(Text(WorkLimits.PayloadBytes - 1)), "'payload'", "65,537", "65,536");
        await Queue.Enqueue(Text(WorkLimits.PayloadBytes - 2));
        await Queue.Enqueue(Json("null"));
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), priority: 101), "'priority'", "-100", "100");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), priority: -101), "'priority'");
        foreach (decimal delay in (decimal[])[-0.001m, 0.0001m, 604_800.001m, decimal.MaxValue, decimal.MinValue])
        {
            await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), delaySeconds: delay), "'delaySeconds'", "604800");
        }
        await Queue.Enqueue(Json("1"), delaySeconds: 604_800);
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), id: ""), "'id'", "128");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json("1"), id: new string('x', 129)), "'id'");
        await Queue.Enqueue(Json("1"), id: new string('x', 128));

        await Expect.InvalidArgument(() => Queue.Receive(""), "'worker'");
        await Expect.InvalidArgument(() => Queue.Receive(new string('w', 129)), "'worker'", "129", "128");
        await Expect.InvalidArgument(() => Queue.Receive("w", max: 0), "'max'");
        await Expect.InvalidArgument(() => Queue.Receive("w", max: 101), "'max'", "100");
        await Expect.InvalidArgument(() => Queue.Receive("w", visibilitySeconds: 0.099m), "'visibilitySeconds'", "0.1");
        await Expect.InvalidArgument(() => Queue.Receive("w", visibilitySeconds: 43_200.001m), "'visibilitySeconds'", "43200");
        Assert.Equal(3, (await Queue.Receive(new string('w', 128), max: 100, visibilitySeconds: 43_200)).Count);

        await Expect.InvalidArgument(() => Queue.Extend("x", "r", 0), "'visibilitySeconds'");
        await Expect.InvalidArgument(() => Queue.Abandon("x", "r", -1), "'delaySeconds'");
        await Expect.InvalidArgument(() => Queue.Complete("", "r"), "'id'");
        await Expect.InvalidArgument(() => Queue.Configure(maxDeliveries: 0), "'maxDeliveries'", "1000");
        await Expect.InvalidArgument(() => Queue.Configure(maxDeliveries: 1_001), "'maxDeliveries'");
        await Expect.InvalidArgument(() => Queue.Configure(dedupeSeconds: -1), "'dedupeSeconds'");
        await Expect.InvalidArgument(() => Queue.Configure(dedupeSeconds: 604_801), "'dedupeSeconds'", "604800");
        Assert.Equal(new WorkQueueSettings(1_000, 604_800), await Queue.Configure(1_000, 604_800));
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
    public async Task Payloads_have_a_limit_together_and_completing_makes_room()
    {
        int each = WorkLimits.PayloadBytes;
        for (long i = 0; i < WorkLimits.MaxBytes / each; i++)
        {
            await Queue.Enqueue(Text(each - 2));
        }
        Assert.Equal(WorkLimits.MaxBytes, (await Queue.Status()).Bytes);
        await Expect.Refusal(409, WorkQueue.TooManyBytes, () => Queue.Enqueue(Json("1")), "33,554,432");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
        await Queue.Enqueue(Json("1"));
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
        await _host.AdvanceAsync(TimeSpan.FromSeconds(WorkLimits.DefaultDedupeSeconds) - TimeSpan.FromMilliseconds(1));
        Assert.True(_host.SummaryOf(Address).Exists);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        // It ends when the last is forgotten.
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Ids_that_are_no_longer_taken_make_room_though_the_alarm_is_late()
    {
        await EnqueueAsync("a");
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
        await _host.HibernateAllAsync();
        Tables.Change(_host.DatabaseOf(Address), $"UPDATE tally SET number = {WorkLimits.MaxTakenIds} WHERE what = 'taken'");
        await Expect.Refusal(409, WorkQueue.TooManyIds, () => EnqueueAsync("b"));

        _host.Clock.Advance(TimeSpan.FromSeconds(WorkLimits.DefaultDedupeSeconds));

        await EnqueueAsync("b");
    }

    [Fact]
    public async Task A_payload_is_nested_no_deeper_than_what_goes_around_it_allows()
    {
        await Queue.Enqueue(Json(Nested(WorkLimits.PayloadDepth)), id: "a");
        await Expect.InvalidArgument(() => Queue.Enqueue(Json(Nested(WorkLimits.PayloadDepth + 1))), "'payload'", "32");

        Assert.Equal(Nested(WorkLimits.PayloadDepth), Assert.Single(await Queue.Receive("w")).Payload.GetRawText());

        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
    }

    [Theory]
    [InlineData("ready", WorkLimits.MaxJobs, WorkQueue.TooManyJobs)]
    [InlineData("dead", WorkLimits.MaxJobs, WorkQueue.TooManyJobs)]
    [InlineData("taken", WorkLimits.MaxTakenIds, WorkQueue.TooManyIds)]
    public async Task Jobs_and_taken_ids_have_a_limit(string what, int limit, string code)
    {
        await EnqueueAsync("a");
        // As if so many had been enqueued; it would take a minute.
        await _host.HibernateAllAsync();
        Tables.Change(_host.DatabaseOf(Address), $"UPDATE tally SET number = {limit - 1} WHERE what = '{what}'");
        if (what == "taken")
        {
            await EnqueueAsync("b");
            await CompleteAsync();
            Assert.True((await Queue.Enqueue(Json("1"))).IsNew);
        }
        else if (what == "ready")
        {
            await EnqueueAsync("b");
        }
        await Expect.Refusal(409, code, () => EnqueueAsync("c"), "50,000");
    }

    [Fact]
    public async Task Over_HTTP_arguments_may_be_left_out()
    {
        Assert.Equal(
            """{"id":"a","isNew":true}""",
            await _host.PostAsync("work-queue", "mails", "enqueue", """{"payload":{"n":1.50},"id":"a"}"""));
        string received = await _host.PostAsync("work-queue", "mails", "receive", """{"worker":"w"}""");
        Assert.StartsWith("""[{"id":"a","receipt":""", received, StringComparison.Ordinal);
        Assert.Contains(""","payload":{"n":1.50},"priority":0,"delivery":1,""", received, StringComparison.Ordinal);
        Assert.EndsWith(
            """
            "enqueuedAt":"2030-01-01T00:00:00+00:00","visibleAt":"2030-01-01T00:00:30+00:00","lastError":null}]
            """.Trim(), received, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DurableObjectException>(() => _host.PostAsync("work-queue", "mails", "enqueue", "{}"));
    }

    [Fact]
    public async Task A_connected_worker_gets_jobs_up_to_its_concurrency_and_the_next_when_one_is_done()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        await EnqueueAsync("c", priority: 1);
        TestSocket socket = await ConnectAsync("w1", concurrency: 2);
        Assert.Equal(["c", "a"], Ids(Jobs(socket)));
        await _host.HibernateAllAsync(rebuild: true);
        await EnqueueAsync("d", priority: 1);
        Assert.Equal(2, socket.Received.Count);

        Assert.Null((await TellAsync(socket, "complete", Jobs(socket)[0])).Error);
        Assert.Equal(["c", "a", "d"], Ids(Jobs(socket)));
        await Queue.Complete("a", Jobs(socket)[1].Receipt);
        Assert.Equal(["c", "a", "d", "b"], Ids(Jobs(socket)));
        Assert.Equal((0, 2), await ReadyAndHeldAsync());
        Assert.Equal(1, (await Queue.Status()).Workers);
    }

    [Fact]
    public async Task Jobs_go_to_the_worker_with_the_most_room()
    {
        TestSocket small = await ConnectAsync("small", concurrency: 1);
        TestSocket large = await ConnectAsync("large", concurrency: 3);
        for (int i = 1; i <= 5; i++)
        {
            await EnqueueAsync($"{i}");
        }

        Assert.Equal(3, large.Received.Count);
        Assert.Single(small.Received);
        Assert.Equal((1, 4), await ReadyAndHeldAsync());
    }

    [Fact]
    public async Task A_job_that_becomes_visible_is_pushed_at_that_time()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 1, visibility: "1.5");
        await EnqueueAsync("a", delaySeconds: 2);
        await AdvanceAsync(1.999);
        Assert.Empty(socket.Received);
        await AdvanceAsync(0.001);
        Assert.Equal(At(3.5), Assert.Single(Jobs(socket)).VisibleAt);
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(1.499);
        Assert.Single(socket.Received);
        await AdvanceAsync(0.001);
        Assert.Equal([1, 2], Jobs(socket).Select(job => job.Delivery));
    }

    [Fact]
    public async Task A_worker_abandons_and_extends_over_its_socket_and_hears_what_was_wrong()
    {
        await EnqueueAsync("a");
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        WorkJob job = Jobs(socket)[0];
        Assert.Null((await TellAsync(socket, "extend", job, visibilitySeconds: 100)).Error);
        await AdvanceAsync(99.999);
        Assert.Single(socket.Received);
        Assert.Null((await TellAsync(socket, "abandon", job, error: "oh")).Error);
        Assert.Equal("oh", Jobs(socket)[1].LastError);

        Assert.Equal(WorkQueue.ReceiptLapsed, (await TellAsync(socket, "complete", job)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await TellAsync(socket, "steal", job)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync("text")).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync<object?>(null)).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync(new { action = "complete", id = "a" })).Error!.Code);
        Assert.Equal(ErrorCodes.InvalidArgument, (await socket.SendAsync(new { action = "complete", receipt = "a" })).Error!.Code);
    }

    [Fact]
    public async Task A_closed_socket_ends_no_delivery_and_a_worker_that_comes_back_is_told_of_what_it_holds()
    {
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        TestSocket first = await ConnectAsync("w", concurrency: 1);
        await first.CloseAsync();
        Assert.Equal((1, 1), await ReadyAndHeldAsync());
        Assert.Equal(0, (await Queue.Status()).Workers);
        await _host.HibernateAllAsync(rebuild: true);

        TestSocket second = await ConnectAsync("w", concurrency: 2);
        Assert.Equal(first.Received[0], second.Received[0]);
        Assert.Equal(["a", "b"], Ids(Jobs(second)));
        Assert.Null((await TellAsync(second, "complete", Jobs(first)[0])).Error);
    }

    [Fact]
    public async Task What_a_lost_worker_held_goes_to_another_when_its_receipt_lapses()
    {
        await EnqueueAsync("a");
        TestSocket lost = await ConnectAsync("lost", concurrency: 1, visibility: "2");
        await lost.CloseAsync();
        TestSocket other = await ConnectAsync("other", concurrency: 1);
        await AdvanceAsync(1.999);
        Assert.Empty(other.Received);
        await AdvanceAsync(0.001);
        Assert.Equal("a", Assert.Single(Jobs(other)).Id);
    }

    [Fact]
    public async Task A_worker_that_connects_anew_takes_over_from_its_former_socket()
    {
        TestSocket former = await ConnectAsync("w", concurrency: 1);
        await EnqueueAsync("a");
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        Assert.Equal(WorkQueue.TakenOver, former.Closed!.Code);
        Assert.Equal(former.Received, socket.Received);
        // The host tells of the end of a connection that the object has closed, perhaps late.
        await former.CloseAsync();

        Assert.Equal(1, (await Queue.Status()).Workers);
        await TellAsync(socket, "complete", Jobs(socket)[0]);
        await EnqueueAsync("b");
        Assert.Equal(["a", "b"], Ids(Jobs(socket)));
        Assert.Single(former.Received);
    }

    [Fact]
    public async Task What_is_received_does_not_count_for_a_connected_worker_of_the_same_name()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 1);
        await EnqueueAsync("a");
        await EnqueueAsync("b");
        WorkJob received = Assert.Single(await Queue.Receive("w"));
        await TellAsync(socket, "complete", Jobs(socket)[0]);
        await EnqueueAsync("c");

        Assert.Equal("b", received.Id);
        Assert.Equal(["a", "c"], Ids(Jobs(socket)));
    }

    [Fact]
    public async Task Very_many_jobs_are_pushed_in_several_turns()
    {
        for (int i = 0; i < 160; i++)
        {
            await Queue.Enqueue(Json("1"), delaySeconds: 1);
        }
        TestSocket[] sockets = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(i => ConnectAsync($"w{i}", concurrency: 50)))];
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await _host.TickAsync()).Count);

        Assert.All(sockets, socket => Assert.Equal(50, socket.Received.Count));
        Assert.Equal((10, 150), await ReadyAndHeldAsync());
    }

    [Fact]
    public async Task A_return_to_an_earlier_state_forgets_who_was_connected_then()
    {
        TestSocket socket = await ConnectAsync("w", concurrency: 5);
        Answer answer = await _host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        ObjectDetails details = JsonSerializer.Deserialize<ObjectDetails>(answer.Json.Span, ObjectJson.Options)!;
        await EnqueueAsync("a");
        Assert.Single(Jobs(socket));
        Bookmark before = Bookmark.Parse(details.Bookmark!);
        (await _host.RunAsync(Address, new RestoreTurn(before) { Caller = Caller.Runtime }, CancellationToken.None)).OrThrow();

        Assert.NotNull(socket.Closed);
        await EnqueueAsync("b");
        Assert.Equal((1, 0), await ReadyAndHeldAsync());
        Assert.Equal(0, (await Queue.Status()).Workers);
    }

    [Fact]
    public async Task Connecting_wants_a_name_and_a_concurrency_within_limits()
    {
        await RefusedAsync([], "'?worker='");
        await RefusedAsync(new() { ["worker"] = "" }, "'worker'");
        foreach (string wrong in (string[])["0", "51", "-1", "x", "", "1.5", " 1", "1e1", "99999999999999999999", "99999999999999999999999"])
        {
            await RefusedAsync(new() { ["worker"] = "w", ["concurrency"] = wrong }, "'concurrency'");
        }
        foreach (string wrong in (string[])["0", "0.09", "43201", "-1", "x", "1,5", "0.1234"])
        {
            await RefusedAsync(new() { ["worker"] = "w", ["visibilitySeconds"] = wrong }, "'visibilitySeconds'");
        }
        Assert.False(_host.SummaryOf(Address).Exists);
        TestSocket socket = await ConnectAsync("w", concurrency: 50, visibility: "43200");
        Assert.True(_host.SummaryOf(Address).Exists);
        await socket.CloseAsync();
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task So_many_workers_connect_and_no_more_until_one_leaves()
    {
        TestSocket first = await ConnectAsync("w0", concurrency: 1);
        for (int i = 1; i < WorkLimits.MaxWorkers; i++)
        {
            await ConnectAsync($"w{i}", concurrency: 1);
        }
        await Expect.Refusal(409, WorkQueue.TooManyWorkers, () => ConnectAsync("more", concurrency: 1), "256");
        await ConnectAsync("w1", concurrency: 1);
        await first.CloseAsync();
        await ConnectAsync("more", concurrency: 1);
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static JsonElement Text(int characters) => JsonSerializer.SerializeToElement(new string('x', characters));

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(Math.Round(seconds * 1_000));

    private static IEnumerable<string> Ids(IEnumerable<WorkJob> jobs) => jobs.Select(job => job.Id);

    private static IReadOnlyList<WorkJob> Jobs(TestSocket socket) =>
    [
        .. socket.Received.Select(one => one.Target == "job"
            ? JsonSerializer.Deserialize<WorkJob[]>(one.Arguments, ObjectJson.Options)!.Single()
            : throw new InvalidOperationException(one.Target)),
    ];

    private static Task<Answer> TellAsync(
        TestSocket socket, string action, WorkJob job, string? error = null, decimal visibilitySeconds = 30) =>
        socket.SendAsync(new WorkerMessage(action, job.Id, job.Receipt, 0, error, visibilitySeconds));

    private Task<TestSocket> ConnectAsync(string worker, int concurrency, string visibility = "30") => _host.ConnectAsync(
        Address, new Dictionary<string, string>
        {
            ["worker"] = worker,
            ["concurrency"] = $"{concurrency}",
            ["visibilitySeconds"] = visibility,
        });

    private Task RefusedAsync(Dictionary<string, string> query, string says) =>
        Expect.InvalidArgument(() => _host.ConnectAsync(Address, query), says);

    private Task<IReadOnlyList<Answer>> AdvanceAsync(double seconds) =>
        _host.AdvanceAsync(TimeSpan.FromMilliseconds(Math.Round(seconds * 1_000)));

    private Task<WorkTicket> EnqueueAsync(string id, int priority = 0, decimal delaySeconds = 0) =>
        Queue.Enqueue(Json($"\"{id}\""), priority, delaySeconds, id);

    private async Task CompleteAsync(double after = 0)
    {
        await AdvanceAsync(after);
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Complete(job.Id, job.Receipt);
    }

    private async Task AbandonAsync(string error)
    {
        WorkJob job = Assert.Single(await Queue.Receive("w"));
        await Queue.Abandon(job.Id, job.Receipt, error: error);
    }

    private async Task<(long Ready, long Held)> ReadyAndHeldAsync()
    {
        WorkQueueStatus status = await Queue.Status();
        return (status.Ready, status.Held);
    }
}
