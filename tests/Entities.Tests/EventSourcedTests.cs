using DurableObjects.Harness;
using DurableObjects.Hosting;

namespace DurableObjects.Entities.Tests;

public sealed class EventSourcedTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(ShelfBefore));

    private IShelf Shelf => _host.Objects.Get<IShelf>("one");

    private IShelf AsAdministrator => _host.Objects.Get<IShelf>("one", Caller.Of("eve", Caller.Administrator));

    private ObjectAddress Address => _host.Address<IShelf>("one");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_state_is_what_the_events_come_to()
    {
        Assert.Equal(1, await Shelf.Put(3));
        Assert.Equal(2, await Shelf.Put(4));
        Assert.Equal(3, await Shelf.Take(2));

        Assert.Equal(5, await Shelf.Count());
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(4, await Shelf.Put(1));
        Assert.Equal(6, await Shelf.Count());
    }

    [Fact]
    public async Task Each_stream_has_a_state_of_its_own()
    {
        await Shelf.Put(3, "tea");
        await Shelf.Put(4, "rum");
        await Shelf.Take(1, "tea");

        Assert.Equal((2, 4, 0), (await Shelf.Count("tea"), await Shelf.Count("rum"), await Shelf.Count()));
        Assert.Equal(["rum 4", "tea 2"], await Shelf.Totals());
    }

    [Fact]
    public async Task More_streams_than_are_kept_in_memory_are_still_right()
    {
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i <= EventSourcing.StreamsInMemory; i++)
            {
                await Shelf.Put(1, $"item-{i}");
            }
        }

        Assert.Equal((2, 2), (await Shelf.Count("item-0"), await Shelf.Count($"item-{EventSourcing.StreamsInMemory}")));
    }

    [Fact]
    public async Task A_turn_that_fails_leaves_no_event_and_no_state()
    {
        await Shelf.Put(3);
        await Expect.Refusal(409, "sold-out", () => Shelf.Take(4));

        Assert.Equal(3, await Shelf.Count());
        Assert.Single(await Shelf.Events());
        Assert.Equal(["3"], (await Shelf.Totals()).Select(total => total.Trim()));
        Assert.Equal(2, await Shelf.Put(1));
    }

    [Fact]
    public async Task An_undone_transaction_within_a_turn_takes_its_events_and_their_state_along()
    {
        Assert.Equal(3, await Shelf.TryTwo());
        Assert.Equal(["1", "2"], (await Shelf.Events()).Select(one => $"{one.Data.GetProperty("count")}"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_projected_leaves_nothing_even_if_the_turn_goes_on()
    {
        Assert.Equal(2, await Shelf.TryWhatCannotBeProjected());
        Assert.Equal(["2"], (await Shelf.Events()).Select(one => $"{one.Data.GetProperty("count")}"));
        Assert.Equal([" 2"], await Shelf.Totals());
    }

    [Fact]
    public async Task Reading_an_object_that_does_not_exist_does_not_make_it()
    {
        Assert.Equal(0, await Shelf.Count());
        Assert.Empty(await Shelf.Events());
        Assert.Empty(await Shelf.Totals());
        Assert.Equal(new ProjectionStatus(0, 0, false, true), await Shelf.Projected());
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task An_append_may_expect_the_version_that_it_was_decided_by()
    {
        await Shelf.Put(1, expectedVersion: 0);
        await Shelf.Put(1, "tea", expectedVersion: 0);
        Assert.Equal(3, await Shelf.Put(1, expectedVersion: 1));

        await Expect.Refusal(409, "version-conflict", () => Shelf.Put(1, expectedVersion: 1), "version 3", "expected was 1");
        await Expect.Refusal(409, "version-conflict", () => Shelf.Put(1, "tea", expectedVersion: 0), "'tea'", "version 2");
        Assert.Equal(3, (await Shelf.Events()).Count);
    }

    [Fact]
    public async Task A_snapshot_spares_the_events_before_it()
    {
        await PutAsync(4);
        Assert.Empty(await Shelf.Sql("SELECT * FROM snapshot"));
        await PutAsync(1);
        Assert.Equal([" 5 1 {\"count\":5,\"note\":\"\"}"], await Shelf.Sql("SELECT * FROM snapshot"));
        await PutAsync(6);
        Assert.Equal(["10"], await Shelf.Sql("SELECT position FROM snapshot"));
        await Shelf.Sql("UPDATE event SET type = 'lost' WHERE position <= 10");
        await _host.HibernateAllAsync();
        Assert.Equal(11, await Shelf.Count());

        await Shelf.Sql("UPDATE snapshot SET version = 2");
        await Expect.Refusal(500, "unknown-event", () => Shelf.Count(), "Event 1 ", "'lost'");
    }

    [Fact]
    public async Task An_event_that_the_class_does_not_know_is_an_error_and_not_skipped()
    {
        await PutAsync(3);
        await Shelf.Sql("UPDATE event SET version = 2 WHERE position = 2");
        await _host.HibernateAllAsync();

        string[] says = ["Event 2 ", "'put'", "version 2"];
        await Expect.Refusal(500, "unknown-event", () => Shelf.Count(), says);
        await Expect.Refusal(500, "unknown-event", () => Shelf.Put(1), says);
        await Expect.Refusal(500, "unknown-event", () => Shelf.Events(), says);
        await Expect.Refusal(500, "unknown-event", () => AsAdministrator.RebuildProjections(), says);
        await Shelf.Sql("UPDATE event SET version = 1, data = '[]'");
        await Expect.Refusal(500, "unreadable-event", () => Shelf.Count(), "Event 1,", "'put'");
        Assert.Equal([" 3"], await Shelf.Totals());
    }

    [Fact]
    public async Task Events_come_in_pages()
    {
        for (int i = 1; i <= 12; i++)
        {
            await Shelf.Put(i, i % 3 == 0 ? "tea" : "");
        }

        IReadOnlyList<StoredEvent> first = await Shelf.Events(limit: 5);
        Assert.Equal([1, 2, 3, 4, 5], first.Select(one => one.Position));
        Assert.Equal([6, 7], (await Shelf.Events(first[^1].Position, 2)).Select(one => one.Position));
        Assert.Equal([6, 9], (await Shelf.Events(3, 2, "tea")).Select(one => one.Position));
        Assert.Equal(8, (await Shelf.Events(0, 1_000, "")).Count);
        Assert.Empty(await Shelf.Events(12));
        Assert.Equal(
            """{"position":3,"stream":"tea","type":"put","version":1,"at":"2030-01-01T00:00:00+00:00","data":{"count":3}}""",
            (await _host.PostAsync("shelf", "one", "events", """{"after":2,"limit":1}"""))[1..^1]);
        await Expect.InvalidArgument(() => Shelf.Events(limit: 0), "'limit'", "1000");
        await Expect.InvalidArgument(() => Shelf.Events(limit: 1_001), "'limit'", "1001");
    }

    [Fact]
    public async Task Who_follows_learns_that_the_object_was_returned_to_an_earlier_bookmark()
    {
        ObjectRecovery recovery = new(_host);
        await PutAsync(4);
        string earlier = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        StoredEvent fourth = (await Shelf.Events(3))[0];
        await PutLaterAsync(5);
        StoredEvent ninth = (await Shelf.Events(8))[0];
        Assert.Empty(await Shelf.Events(9, afterAt: ninth.At));

        string undo = (await recovery.RestoreAsync(Address, earlier, Caller.Runtime, CancellationToken.None)).Undo;
        await Expect.Refusal(409, "history-changed", () => Shelf.Events(9, afterAt: ninth.At), "no event 9");
        await PutLaterAsync(5);
        Assert.Empty(await Shelf.Events(9));
        await Expect.Refusal(409, "history-changed", () => Shelf.Events(9, afterAt: ninth.At), "Event 9", "2030-01-01T00:00:00.0000010");
        Assert.Equal([5, 6], (await Shelf.Events(4, 2, afterAt: fourth.At)).Select(one => one.Position));
        Assert.Empty(await Shelf.Events(4, 2, "tea", fourth.At));

        await recovery.RestoreAsync(Address, undo, Caller.Runtime, CancellationToken.None);
        Assert.Empty(await Shelf.Events(9, afterAt: ninth.At));
        await Expect.InvalidArgument(() => Shelf.Events(afterAt: ninth.At), "'afterAt'", "'after'");
    }

    [Fact]
    public async Task A_page_of_large_events_ends_early()
    {
        string large = new('x', EventSourcing.EventBytes - 11);
        for (int i = 0; i < 70; i++)
        {
            await Shelf.Note(large);
        }

        Assert.Equal(EventSourcing.PageBytes / EventSourcing.EventBytes, (await Shelf.Events(0, 1_000)).Count);
        Assert.Equal(6, (await Shelf.Events(64, 1_000)).Count);
    }

    [Fact]
    public async Task Sizes_are_bounded()
    {
        await Shelf.Note(new string('x', EventSourcing.EventBytes - 11));
        await Expect.InvalidArgument(() => Shelf.Note(new string('x', EventSourcing.EventBytes - 10)), "'event'", "65,536");
        await Shelf.Put(1, new string('s', 256));
        await Expect.InvalidArgument(() => Shelf.Put(1, new string('s', 257)), "'stream'", "257", "256");
        await Expect.InvalidArgument(() => Shelf.Events(stream: new string('s', 257)), "'stream'");
    }

    [Fact]
    public async Task A_state_that_grows_without_bounds_is_refused_when_it_would_be_stored()
    {
        string large = $"+{new string('x', 60_000)}";
        for (int i = 0; i < 19; i++)
        {
            await Shelf.Note(large);
        }

        await Expect.Refusal(409, "state-too-large", () => Shelf.Note(large), "1,048,576");
        Assert.Equal(19, (await Shelf.Projected()).LastEvent);
        Assert.Equal(20, await Shelf.Note("short"));
    }

    [Fact]
    public async Task Projections_can_be_made_anew_at_once_where_events_are_few()
    {
        await PutAsync(9, "tea");
        await Shelf.Sql("UPDATE total SET count = 1000");
        await Expect.Refusal(403, "forbidden", () => Shelf.RebuildProjections());

        Assert.Equal(new ProjectionStatus(9, 9, false, true), await AsAdministrator.RebuildProjections());
        Assert.Equal(["tea 9"], await Shelf.Totals());
        Assert.Equal(["total_1"], await Shelf.Sql("SELECT name FROM sqlite_master WHERE name LIKE 'total%' AND type = 'table'"));
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task Projections_are_made_anew_in_steps_while_the_old_ones_are_read_and_written()
    {
        await PutAsync(35);
        await Shelf.Sql("UPDATE total SET count = 1000");

        Assert.Equal(new ProjectionStatus(35, 10, true, true), await AsAdministrator.RebuildProjections());
        Assert.Equal(new ProjectionStatus(35, 10, true, true), await AsAdministrator.RebuildProjections());
        await Shelf.Put(1);
        Assert.Equal([" 1001"], await Shelf.Totals());
        await _host.AdvanceToNextAsync();
        await _host.HibernateAllAsync(rebuild: true);
        await Shelf.Put(1, "tea");
        Assert.Equal(new ProjectionStatus(37, 20, true, true), await Shelf.Projected());
        await _host.TickAsync();

        Assert.Equal([" 36", "tea 1"], await Shelf.Totals());
        Assert.Equal(new ProjectionStatus(37, 37, false, true), await Shelf.Projected());
        await Shelf.Put(1, "tea");
        Assert.Equal([" 36", "tea 2"], await Shelf.Totals());
        await AsAdministrator.RebuildProjections();
        await _host.TickAsync();
        Assert.Equal([" 36", "tea 2"], await Shelf.Totals());
    }

    [Fact]
    public async Task A_rebuild_whose_alarm_was_given_up_goes_on_when_the_object_wakes()
    {
        await PutAsync(25);
        await AsAdministrator.RebuildProjections();
        await Shelf.Sql("UPDATE event SET type = 'lost' WHERE position = 20");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.True((await Shelf.Projected()).Rebuilding);
        await Shelf.Sql("UPDATE event SET type = 'put' WHERE position = 20");
        await _host.HibernateAllAsync();
        await Shelf.Put(1);
        await _host.TickAsync();

        Assert.Equal(new ProjectionStatus(26, 26, false, true), await Shelf.Projected());
        Assert.Equal([" 26"], await Shelf.Totals());
    }

    [Fact]
    public async Task The_timer_shares_the_alarm_with_a_rebuild()
    {
        await PutAsync(35);
        DateTimeOffset due = _host.Clock.GetUtcNow().AddMilliseconds(1_500);
        await Shelf.Wake(due);
        await AsAdministrator.RebuildProjections();
        await _host.TickAsync();
        Assert.False((await Shelf.Projected()).Rebuilding);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1_499));
        Assert.Equal(35, (await Shelf.Events(0, 1_000)).Count);
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal($"{due.ToUnixTimeMilliseconds()}", $"{(await Shelf.Events(35))[0].Data.GetProperty("text")}");
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task A_timer_that_is_due_comes_before_the_next_step_and_one_that_was_taken_back_never()
    {
        await PutAsync(35);
        await AsAdministrator.RebuildProjections();
        await Shelf.Wake(_host.Clock.GetUtcNow());
        await _host.AdvanceToNextAsync();
        Assert.Equal((36, 10), ((await Shelf.Projected()).LastEvent, (await Shelf.Projected()).Projected));
        await Shelf.Wake(_host.Clock.GetUtcNow().AddSeconds(1));
        await Shelf.Wake(null);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(new ProjectionStatus(36, 36, false, true), await Shelf.Projected());
    }

    [Fact]
    public async Task Old_events_are_read_in_the_newest_version_and_stay_as_they_are()
    {
        await Shelf.Put(3);
        await Shelf.Take(1);
        await Shelf.Note("fragile");
        IReadOnlyList<string> stored = await Shelf.Sql("SELECT * FROM event ORDER BY position");
        await using TestHost after = await DeployedAsync();
        IShelf shelf = after.Objects.Get<IShelf>("one");

        Assert.Equal([" 2 3"], await shelf.Totals());
        Assert.Equal(2, await shelf.Count());
        await shelf.Put(5);
        await shelf.Note("heavy");
        Assert.Equal(7, await shelf.Count());
        Assert.Equal(
            ["moved 1 {\"change\":3,\"unit\":\"pieces\"}", "moved 1 {\"change\":-1,\"unit\":\"pieces\"}", "noted 3 {\"text\":\"fragile!\"}",
                "moved 1 {\"change\":5,\"unit\":\"pieces\"}", "noted 3 {\"text\":\"heavy\"}"],
            (await shelf.Events()).Select(one => $"{one.Type} {one.Version} {one.Data}"));
        Assert.Equal(stored, (await shelf.Sql("SELECT * FROM event ORDER BY position")).Take(3));
    }

    [Fact]
    public async Task A_changed_projection_is_made_anew_in_steps_and_not_read_before()
    {
        await PutAsync(35);
        await using TestHost after = await DeployedAsync();
        IShelf shelf = after.Objects.Get<IShelf>("one");

        await Expect.Refusal(503, "projections-rebuilding", () => shelf.Totals());
        await shelf.Put(1);
        Assert.Equal(new ProjectionStatus(36, 10, true, false), await shelf.Projected());
        await after.HibernateAllAsync(rebuild: true);
        await Expect.Refusal(503, "projections-rebuilding", () => shelf.Totals());
        await after.TickAsync();

        Assert.Equal([" 36 36"], await shelf.Totals());
        Assert.Equal(["total_1"], await shelf.Sql("SELECT name FROM sqlite_master WHERE name LIKE 'total%' AND type = 'table'"));
    }

    [Fact]
    public async Task A_changed_projection_that_meets_a_bad_event_stops_and_the_object_goes_on()
    {
        await PutAsync(1, "tea");
        await PutAsync(12);
        await Shelf.Sql("UPDATE event SET type = 'lost' WHERE position = 1");
        await using TestHost after = await DeployedAsync();
        IShelf shelf = after.Objects.Get<IShelf>("one");

        Assert.Equal(14, await shelf.Put(1));
        Assert.Equal(13, await shelf.Count());
        Assert.Equal(new ProjectionStatus(14, 0, true, false), await shelf.Projected());
        await Expect.Refusal(503, "projections-rebuilding", () => shelf.Totals());
        await after.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Null(after.SummaryOf(Address).Alarm);
        Assert.Equal(15, await shelf.Put(1));

        await shelf.Sql("UPDATE event SET type = 'put' WHERE position = 1");
        await after.HibernateAllAsync();
        await shelf.Put(1);
        await after.TickAsync();
        Assert.Equal([" 15 15", "tea 1 1"], await shelf.Totals());
    }

    [Fact]
    public async Task A_changed_projection_does_not_wait_for_a_timer_that_is_set()
    {
        await PutAsync(35);
        await Shelf.Wake(_host.Clock.GetUtcNow().AddDays(1));
        await using TestHost after = await DeployedAsync();
        await after.Objects.Get<IShelf>("one").Put(1);
        await after.TickAsync();

        Assert.Equal(new ProjectionStatus(36, 36, false, true), await after.Objects.Get<IShelf>("one").Projected());
    }

    [Fact]
    public async Task A_class_that_changes_during_a_rebuild_begins_it_anew()
    {
        await PutAsync(35);
        await AsAdministrator.RebuildProjections();
        await using TestHost after = await DeployedAsync();
        IShelf shelf = after.Objects.Get<IShelf>("one");
        await shelf.Put(1);
        await after.TickAsync();

        Assert.Equal([" 36 36"], await shelf.Totals());
    }

    [Fact]
    public void Two_event_types_of_a_name_and_a_former_name_without_a_type_are_refused()
    {
        EventTypes<ShelfEvent> types = new EventTypes<ShelfEvent>().Add<ItemPut>("put");

        Assert.Throws<ArgumentException>(() => types.Add<ItemTaken>("put"));
        Assert.Throws<ArgumentException>(() => types.Add<ItemPut>("laid"));
        Assert.Throws<ArgumentException>(() => types.AddFormer<ItemNoted>("noted"));
        Assert.Throws<ArgumentException>(() => types.Add<ItemNoted>(""));
        Assert.Throws<ArgumentException>(() => types.Add<ItemNoted>(new string('n', 65)));
    }

    private async Task PutAsync(int times, string item = "")
    {
        for (int i = 0; i < times; i++)
        {
            await Shelf.Put(1, item);
        }
    }

    private async Task PutLaterAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _host.Clock.Advance(TimeSpan.FromTicks(1));
            await Shelf.Put(1);
        }
    }

    /// <summary>A host with the class as it is after a deployment, and the object as it was before.</summary>
    private async Task<TestHost> DeployedAsync()
    {
        TestHost after = TestHost.Of(typeof(ShelfAfter));
        await after.AdoptAsync(Address, _host);
        return after;
    }
}
