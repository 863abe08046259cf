using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class ReplicatedLogTests : IAsyncLifetime
{
    private static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);

    private readonly TestHost _host = TestHost.Of(typeof(ReplicatedLog), typeof(LogFollower));

    private IReplicatedLog Log => _host.Objects.Get<IReplicatedLog>("seeds");

    private ObjectAddress Leader => _host.Address<IReplicatedLog>("seeds");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task An_entry_is_pending_until_a_majority_of_the_followers_has_it()
    {
        _host.DeliversAutomatically = false;

        LogAppended appended = await Append("a");
        Assert.Equal(new LogAppended(1, "a", LogEntryState.Pending), appended);
        await _host.DeliverAsync(3);
        Assert.Equal(0, (await Log.Status()).Committed);
        await _host.DeliverAsync(1);
        Assert.Equal(0, (await Log.Status()).Committed);
        await _host.DeliverAsync(1);

        Assert.Equal(1, (await Log.Status()).Committed);
        Assert.Equal(new LogAppended(1, "a", LogEntryState.Committed), await Append("a"));
    }

    [Fact]
    public async Task Entries_are_numbered_from_one_and_read_back_as_they_were_given()
    {
        await Log.Append(Json("""{"x": [1, "ü", null]}"""), "first");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(5));
        await Log.Append(Json("null"));

        LogPage page = await Log.Read();

        Assert.Equal((2, 2, null), (page.Committed, page.Last, page.Next));
        Assert.Equal([1, 2], page.Entries.Select(one => one.Index));
        Assert.Equal("""{"x":[1,"ü",null]}""", page.Entries[0].Data!.Value.GetRawText());
        Assert.Equal(JsonValueKind.Null, page.Entries[1].Data?.ValueKind ?? JsonValueKind.Null);
        Assert.Equal(FakeClock.DefaultStart.AddMilliseconds(5), page.Entries[1].At);
        Assert.Equal(32, page.Entries[1].Id.Length);
        LogEntry first = await Log.Entry(1);
        Assert.Equal(("first", LogEntryState.Committed, page.Entries[0].Hash), (first.Id, first.State, first.Hash));
    }

    [Fact]
    public async Task A_repeated_id_is_appended_once_and_with_other_data_refused()
    {
        await Append("a");
        Assert.Equal(1, (await Append("a")).Index);

        await Expect.Refusal(409, LogLimits.EntryIdReused, () => Log.Append(Json("2"), "a"), "'a'", "entry 1");
        Assert.Equal(1, (await Log.Status()).Last);
    }

    [Fact]
    public async Task Every_follower_has_the_same_log_and_soon_knows_what_is_committed()
    {
        for (int i = 1; i <= 5; i++)
        {
            await Append($"entry {i}");
            await _host.HibernateAllAsync(rebuild: true);
        }
        Assert.Equal(4, (await Follower(1).Status()).Committed);

        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        await AssertInStep(5);
        Assert.Null(_host.SummaryOf(Leader).Alarm);
    }

    [Fact]
    public async Task A_minority_that_cannot_be_reached_does_not_stop_it_and_catches_up_when_it_can()
    {
        await Append("a");
        await Isolate(2, true);
        for (int i = 0; i < 250; i++)
        {
            Assert.Equal(LogEntryState.Pending, (await Append($"b{i}")).State);
        }
        Assert.Equal(251, (await Log.Status()).Committed);
        Assert.Equal(1, (await Follower(2).Status()).Last);

        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        await AssertInStep(251);
    }

    [Fact]
    public async Task A_follower_that_stays_away_is_asked_ever_less_often_and_never_forgotten()
    {
        await Append("a");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(2, true);
        await Append("b");
        int before = _host.CommitsOf(Leader).Count;

        await _host.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.InRange(_host.CommitsOf(Leader).Count - before, 15, 150);
        LogReplica away = (await Log.Status()).Followers[1];
        Assert.InRange(away.Unanswered, 15, 30);
        Assert.NotNull(_host.SummaryOf(Leader).Alarm);
    }

    [Fact]
    public async Task A_majority_that_cannot_be_reached_is_reported_and_refused_and_all_goes_on_when_it_is_back()
    {
        await Append("a");
        await Isolate(1, true);
        await Isolate(3, true);
        await Append("b");

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(LogHealth.Available, (await Log.Status()).State);
        Assert.Equal(3, (await Append("c")).Index);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        LogStatus status = await Log.Status();
        Assert.Equal((LogHealth.Unavailable, 1, FakeClock.DefaultStart), (status.State, status.Committed, status.PendingSince));
        DurableObjectException refusal = await Assert.ThrowsAsync<DurableObjectException>(() => Append("d"));
        Assert.Equal((503, LogLimits.Unavailable, true), (refusal.Status, refusal.Code, refusal.Retryable));
        // Asking again how an entry stands is no append.
        Assert.Equal(LogEntryState.Pending, (await Append("c")).State);
        Assert.Single((await Log.Read()).Entries);
        LogPage latest = await Log.Read(consistency: LogConsistency.Latest);
        Assert.Equal(
            [LogEntryState.Committed, LogEntryState.Pending, LogEntryState.Pending], latest.Entries.Select(one => one.State));

        await Isolate(3, false);

        Assert.Equal((LogHealth.Available, 3), ((await Log.Status()).State, (await Log.Status()).Committed));
        Assert.Equal(4, (await Append("d")).Index);
        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(4);
    }

    [Fact]
    public async Task How_long_a_majority_may_take_can_be_said()
    {
        await Log.Configure(unavailableAfterSeconds: 0.25m);
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("a");

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(249));
        Assert.Equal(LogHealth.Available, (await Log.Status()).State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(LogHealth.Unavailable, (await Log.Status()).State);
    }

    [Fact]
    public async Task No_more_than_a_thousand_entries_wait()
    {
        _host.DeliversAutomatically = false;
        for (int i = 1; i <= LogLimits.MaxPending; i++)
        {
            await Append($"{i}");
        }

        DurableObjectException refusal = await Assert.ThrowsAsync<DurableObjectException>(() => Append("more"));
        Assert.Equal((503, LogLimits.TooManyPending, true, true), (refusal.Status, refusal.Code, refusal.Retryable, refusal.Overloaded));
        // No follower owes more answers than its window.
        Assert.Equal(1 + 1 + 1, _host.WaitingSignals.Count);

        await _host.DeliverAsync();
        Assert.Equal(LogLimits.MaxPending, (await Log.Status()).Committed);
    }

    [Fact]
    public async Task What_is_compacted_is_gone_everywhere_and_its_snapshot_stands_for_it()
    {
        for (int i = 1; i <= 5; i++)
        {
            await Append($"{i}");
        }
        LogEntry third = await Log.Entry(3);

        LogSnapshot snapshot = await Log.Compact(3, Json("""{"sum": 6}"""));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((3, third.Hash, 3), (snapshot.Index, snapshot.Hash, snapshot.Replicas));
        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal("""{"sum":6}""", (await Follower(i).Snapshot()).Value!.Value.GetRawText());
            Assert.Equal((4, 5), ((await Follower(i).Status()).First, (await Follower(i).Status()).Last));
        }
        await Expect.Refusal(410, LogLimits.Compacted, () => Log.Read(3), "3");
        await Expect.Refusal(410, LogLimits.Compacted, () => Log.Entry(1));
        Assert.Equal([4, 5], (await Log.Read(4)).Entries.Select(one => one.Index));
        await AssertInStep(5);
    }

    [Fact]
    public async Task A_follower_that_is_behind_the_compacted_part_gets_the_snapshot()
    {
        await Append("1");
        await Isolate(2, true);
        for (int i = 2; i <= 20; i++)
        {
            await Append($"{i}");
        }
        await Log.Compact(15, Json("15"));
        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((16, 20, 20), await First_last_and_committed(2));
        Assert.Equal(15, (await Follower(2).Snapshot()).Value!.Value.GetInt32());
        await AssertInStep(20);
    }

    [Fact]
    public async Task Only_what_is_committed_can_be_compacted()
    {
        await Append("1");
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("2");

        await Expect.Refusal(409, LogLimits.NotCommitted, () => Log.Compact(2), "1");
        Assert.Equal(1, (await Log.Compact(1)).Index);
        Assert.Equal(1, (await Log.Compact(1)).Index);
    }

    [Fact]
    public async Task A_follower_that_was_returned_to_its_past_or_deleted_is_brought_up_to_date()
    {
        await Append("1");
        string past = await BookmarkAsync(Address(1));
        await Append("2");
        await Append("3");
        await ReturnAsync(Address(1), past);
        await DeleteAsync(Address(2));

        await Append("4");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        await AssertInStep(4);
        Assert.Equal(1, (await Log.Status()).Epoch);
    }

    [Fact]
    public async Task A_leader_that_was_returned_below_the_committed_index_gets_back_what_it_lost()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Append("2");
        await Append("3");
        IReadOnlyList<LogEntry> before = (await Log.Read()).Entries;
        await ReturnAsync(Leader, past);
        Assert.Equal(1, (await Log.Status()).Last);

        // It does not know yet, and takes the entry for the second.
        await Append("4");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        LogPage after = await Log.Read();
        Assert.Equal(["1", "2", "3", "4"], after.Entries.Select(one => one.Id));
        Assert.Equal(before.Select(one => one.Hash), after.Entries.Take(3).Select(one => one.Hash));
        Assert.Equal(2, (await Log.Status()).Epoch);
        await AssertInStep(4);
    }

    [Fact]
    public async Task A_leader_that_was_deleted_gets_its_log_back_with_the_snapshot_and_the_number_of_followers()
    {
        await Log.Configure(replicas: 5);
        for (int i = 1; i <= 300; i++)
        {
            await Append($"{i}");
        }
        await Log.Compact(20, Json("20"));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await DeleteAsync(Leader);

        await Log.Recover();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        LogStatus status = await Log.Status();
        Assert.Equal((LogHealth.Available, 5, 21, 301), (status.State, status.Replicas, status.First, status.Last));
        Assert.Equal(20, (await Log.Snapshot()).Value!.Value.GetInt32());
        await AssertInStep(301, replicas: 5);
    }

    [Fact]
    public async Task A_returned_leader_learns_of_it_from_its_first_word_to_a_follower_though_nobody_appends()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Append("2");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        await ReturnAsync(Leader, past);

        // Any turn wakes it.
        await Log.Configure();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(["1", "2"], (await Log.Read()).Entries.Select(one => one.Id));
    }

    [Fact]
    public async Task A_recovering_leader_refuses_until_a_majority_has_said_what_it_has()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Isolate(3, true);
        await Append("2");
        await ReturnAsync(Leader, past);
        await Isolate(1, true);
        await Append("x");
        Assert.Equal(LogHealth.Recovering, (await Log.Status()).State);

        await Expect.Refusal(503, LogLimits.Unavailable, () => Append("y"), "getting back");
        await Expect.Refusal(503, LogLimits.Unavailable, () => Log.Compact(1));
        await Expect.Refusal(503, LogLimits.Unavailable, () => Log.Read());
        Assert.Equal(2, (await Log.Read(consistency: LogConsistency.Latest)).Entries.Count);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 1), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Isolate(3, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["1", "2", "x"], (await Log.Read()).Entries.Select(one => one.Id));
        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(3);
    }

    [Fact]
    public async Task A_leader_that_has_its_log_back_shows_what_is_committed_only_when_all_of_it_is_again()
    {
        await Append("1");
        await Append("2");
        // The followers have not heard yet that the second is committed.
        await DeleteAsync(Leader);
        _host.DeliversAutomatically = false;
        await Log.Recover();
        List<LogHealth> states = [];
        for (int delivered = 1; delivered > 0;)
        {
            LogStatus status = await Log.Status();
            states.Add(status.State);
            Assert.True(status.State == LogHealth.Recovering || status.Committed == 2, $"{status}");
            delivered = await _host.DeliverAsync(1);
        }

        Assert.Equal([LogHealth.Recovering, LogHealth.Available], states.Distinct());
    }

    [Fact]
    public async Task Where_a_lost_entry_and_one_in_its_place_could_both_be_committed_only_more_answers_decide()
    {
        await Append("1");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        string past = await BookmarkAsync(Leader);
        await Isolate(3, true);
        await Append("lost");
        Assert.Equal(2, (await Log.Status()).Committed);
        await ReturnAsync(Leader, past);
        // Only the follower that lacks the lost entry can be reached, so it takes the one in its place.
        await Isolate(1, true);
        await Isolate(2, true);
        await Isolate(3, false);
        await Append("other");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((2, 1), ((await Follower(3).Status()).Last, (await Log.Status()).Committed));

        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((LogHealth.Recovering, 1), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["1", "lost", "other"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(3);
    }

    [Fact]
    public async Task What_a_minority_alone_has_of_a_lost_tail_is_cut_off()
    {
        await Append("1");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        string past = await BookmarkAsync(Leader);
        await Isolate(2, true);
        await Isolate(3, true);
        await Append("never committed");
        await ReturnAsync(Leader, past);
        await Isolate(2, false);
        await Isolate(3, false);

        await Log.Recover();
        await Isolate(1, true);
        await Append("2");
        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("2", (await Log.Read()).Entries[^1].Id);
        await AssertInStep((await Log.Status()).Last);
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(3, 7)]
    [InlineData(5, 1)]
    public async Task The_number_of_followers_is_changed_by_a_majority_of_the_old_and_one_of_the_new(int from, int to)
    {
        await Log.Configure(replicas: from);
        await Append("a");
        await Log.Configure(replicas: to);
        await Append("b");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        LogStatus status = await Log.Status();
        Assert.Equal((to, to / 2 + 1, to), (status.Replicas, status.Majority, status.Followers.Count));
        await AssertInStep(status.Last, to);
        for (int i = to + 1; i <= from; i++)
        {
            Assert.Equal((1, 0, 0), await First_last_and_committed(i));
        }
        Assert.Equal(to, (await Log.Entry(status.Last - 1)).Replicas);
        Assert.Null((await Log.Entry(status.Last - 1)).Data);
    }

    [Theory]
    [InlineData(3, 1, true)]
    [InlineData(3, 1, false)]
    [InlineData(5, 3, true)]
    [InlineData(5, 2, false)]
    public async Task Followers_that_were_dismissed_do_not_outvote_those_that_have_the_log(int from, int to, bool recovers)
    {
        await Log.Configure(replicas: from);
        await Log.Configure(replicas: to);
        await Append("1");
        long last = (await Append("2")).Index;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        string hash = (await Log.Entry(last)).Hash;
        await DeleteAsync(Leader);
        for (int i = 1; i <= to; i++)
        {
            await Isolate(i, true);
        }

        if (recovers)
        {
            await Log.Recover();
            await Expect.Refusal(503, LogLimits.Unavailable, () => Append("new"));
        }
        else
        {
            await Append("new");
        }
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(0, (await Log.Status()).Committed);
        for (int i = 1; i <= to; i++)
        {
            await Isolate(i, false);
        }
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        await Append("new");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(hash, (await Log.Entry(last)).Hash);
        Assert.Equal(to, (await Log.Status()).Replicas);
        Assert.Equal("new", (await Log.Entry(last + 1)).Id);
        await AssertInStep(last + 1, to);
    }

    [Fact]
    public async Task A_leader_that_was_returned_to_before_a_change_learns_of_it_from_those_that_were_dismissed()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Log.Configure(replicas: 1);
        await Append("2");
        await ReturnAsync(Leader, past);
        await Isolate(1, true);

        for (int i = 0; i < 3; i++)
        {
            Assert.True(i > 0 || (await Append("new")).Index == 2);
            await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Equal((LogHealth.Recovering, 1), ((await Log.Status()).State, (await Log.Status()).Committed));
        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["2", "new"], (await Log.Read(3)).Entries.Select(one => one.Id));
        await AssertInStep(4, 1);
    }

    [Fact]
    public async Task A_follower_that_was_away_and_those_that_were_dismissed_are_no_majority()
    {
        await Log.Configure(replicas: 5);
        await Append("1");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        string past = await BookmarkAsync(Leader);
        await Isolate(3, true);
        await Log.Configure(replicas: 3);
        await Append("2");
        await ReturnAsync(Leader, past);
        await Isolate(1, true);
        await Isolate(2, true);
        await Isolate(3, false);

        await Log.Recover();
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 2), ((await Log.Status()).State, (await Log.Status()).Committed));
        await Isolate(1, false);
        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal("2", (await Log.Entry(4)).Id);
        await AssertInStep(4);
    }

    [Fact]
    public async Task A_follower_that_was_dismissed_can_be_one_again()
    {
        await Append("1");
        for (int i = 2; i <= 250; i++)
        {
            await Append($"{i}");
        }
        await Log.Configure(replicas: 1);
        await Append("alone");
        await Log.Configure(replicas: 3);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await AssertInStep(253);

        await Log.Configure(replicas: 1);
        await Log.Compact(254);
        await Log.Configure(replicas: 3);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await AssertInStep(255);
    }

    [Fact]
    public async Task What_is_kept_of_a_dismissal_does_not_count_until_the_follower_has_come_that_far()
    {
        await Log.Configure(replicas: 1);
        for (int i = 2; i <= 150; i++)
        {
            await Append($"{i}");
        }
        await Log.Configure(replicas: 3);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Log.Configure(replicas: 1);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await DeleteAsync(Leader);
        for (int i = 1; i <= 3; i++)
        {
            await Isolate(i, true);
        }
        await Log.Configure(unavailableAfterSeconds: 3_600);
        for (int i = 1; i <= 200; i++)
        {
            await Append($"other {i}");
        }

        await Isolate(2, false);
        await Isolate(3, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 0), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("2", (await Log.Entry(2)).Id);
        Assert.Equal("other 200", (await Log.Entry((await Log.Status()).Committed)).Id);
    }

    [Fact]
    public async Task A_minority_of_the_followers_may_be_lost_with_the_leader()
    {
        await Append("1");
        await Isolate(3, true);
        await Append("2");
        await DeleteAsync(Leader);
        await DeleteAsync(Address(1));
        await Isolate(2, true);
        await Isolate(3, false);

        await Log.Recover();
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(LogHealth.Recovering, (await Log.Status()).State);

        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(["1", "2"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(2);
    }

    [Fact]
    public async Task An_empty_follower_is_not_waited_for_where_all_have_answered()
    {
        await Isolate(2, true);
        await Isolate(3, true);
        await Append("1");
        await DeleteAsync(Leader);
        await Isolate(1, true);
        await Isolate(2, false);
        await Append("other");
        await Log.Recover();
        await Isolate(1, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(LogHealth.Recovering, (await Log.Status()).State);

        await Isolate(3, false);
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));

        // Neither was committed. Only the leader still has one of them.
        Assert.Equal(["other"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(1);
    }

    [Fact]
    public async Task A_change_waits_for_the_majority_of_the_old_even_if_all_of_the_new_agree()
    {
        await Append("a");
        await Isolate(2, true);
        await Isolate(3, true);

        await Log.Configure(replicas: 1);
        Assert.Equal(1, (await Log.Status()).Committed);
        await Expect.Refusal(409, LogLimits.ChangePending, () => Log.Configure(replicas: 3), "Entry 2");

        await Isolate(3, false);
        Assert.Equal((2, 1), ((await Log.Status()).Committed, (await Log.Status()).Replicas));
    }

    [Fact]
    public async Task Who_listens_hears_what_is_committed()
    {
        TestSocket socket = await _host.ConnectAsync(Leader);
        await Append("a");
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("b");
        await Append("c");
        await Isolate(1, false);

        Assert.Equal("status", socket.Received[0].Target);
        Assert.Equal(
            [new SocketReceipt("committed", """[{"from":1,"to":1}]"""), new SocketReceipt("committed", """[{"from":2,"to":3}]""")],
            socket.Received.Skip(1));
    }

    [Fact]
    public async Task What_leader_and_followers_tell_each_other_nobody_else_can_say()
    {
        await Append("a");
        LogBatch batch = new(1, 1, null, 0, new string('0', 64), [], 0, 0);
        LogReply reply = new(1, 1, 1, LogVerdict.Stored, 1, "", 1, 0);
        IReplicatedLog forger = _host.Objects.Get<IReplicatedLog>("seeds", Administrator);
        ILogFollower victim = _host.Objects.Get<ILogFollower>("seeds:1", Administrator);

        await Forbidden(() => forger.Acknowledge(reply));
        await Forbidden(() => forger.Acknowledge(reply with { Replica = 99 }));
        await Forbidden(() => forger.Report(new LogReport(1, 9, true, 9, "", 3, [], false)));
        await Forbidden(() => forger.GiveBack(1, batch));
        await Forbidden(() => victim.Replicate(batch));
        await Forbidden(() => victim.Inspect(9, "x"));
        await Forbidden(() => victim.SendBack(1, 0, 9));
        await Forbidden(() => victim.Dismiss(null));
        await Forbidden(() => Follower(1).Isolate(true));
        await AssertInStep(1, known: false);

        static Task Forbidden(Func<Task> call) => Expect.Refusal(403, ErrorCodes.Forbidden, call);
    }

    [Fact]
    public async Task A_destroyed_log_leaves_nothing()
    {
        await Append("a");
        await Expect.Refusal(403, ErrorCodes.Forbidden, Log.Destroy);
        await _host.Objects.Get<IReplicatedLog>("seeds", Administrator).Destroy();
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.All([Leader, Address(1), Address(2), Address(3)], one => Assert.False(_host.SummaryOf(one).Exists));
        Assert.Equal(1, (await Append("a")).Index);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(1);
    }

    [Fact]
    public async Task A_log_without_a_name_has_followers_too()
    {
        ObjectAddress address = _host.Objects.NewAddress<IReplicatedLog>();
        IReplicatedLog log = _host.Objects.Get<IReplicatedLog>(address);
        await log.Append(Json("1"));

        Assert.Equal(1, (await log.Status()).Committed);
        Assert.Equal(1, (await _host.Objects.Get<ILogFollower>($"{address.Key}:1").Status()).Last);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public async Task A_page_has_one_to_a_hundred_entries(int limit)
    {
        await Append("a");
        await Expect.InvalidArgument(() => Log.Read(limit: limit), "'limit'", "100");
        await Expect.InvalidArgument(() => Log.Read(from: 0), "'from'");
    }

    [Fact]
    public async Task Pages_follow_each_other_and_long_entries_make_shorter_ones()
    {
        string text = new('x', LogLimits.DataBytes - 2);
        for (int i = 0; i < 70; i++)
        {
            await Log.Append(JsonSerializer.SerializeToElement(text));
        }

        List<long> read = [];
        for (long? from = 1; from is { } next;)
        {
            LogPage page = await Log.Read(next);
            read.AddRange(page.Entries.Select(one => one.Index));
            from = page.Next;
        }

        Assert.Equal(Enumerable.Range(1, 70).Select(i => (long)i), read);
        Assert.Equal(64, (await Log.Read()).Entries.Count);
        await Expect.InvalidArgument(() => Log.Append(JsonSerializer.SerializeToElement(text + "x")), "'data'", "65,536");
    }

    [Fact]
    public async Task Arguments_outside_their_limits_are_refused_by_name()
    {
        await Expect.InvalidArgument(() => Log.Append(Json("1"), ""), "'id'", "128");
        await Expect.InvalidArgument(() => Log.Append(Json("1"), new string('x', 129)), "'id'", "129");
        await Expect.InvalidArgument(() => Log.Configure(replicas: 0), "'replicas'", "7");
        await Expect.InvalidArgument(() => Log.Configure(replicas: 8), "'replicas'");
        await Expect.InvalidArgument(() => Log.Configure(unavailableAfterSeconds: 0), "'unavailableAfterSeconds'");
        await Expect.InvalidArgument(() => Log.Configure(unavailableAfterSeconds: 3_600.001m), "'unavailableAfterSeconds'", "3600");
        await Expect.InvalidArgument(() => Log.Compact(0), "'upTo'");
        await Expect.Refusal(404, LogLimits.UnknownEntry, () => Log.Entry(1), "0");
        await Expect.InvalidArgument(() => _host.Objects.Get<ILogFollower>("seeds", Administrator).Isolate(true), "seeds");
        await Expect.InvalidArgument(() => _host.Objects.Get<ILogFollower>("seeds:08", Administrator).Isolate(true), "seeds:08");
        await Log.Append(Json("1"), new string('x', 128));
        await Append("a");
        JsonElement most = JsonSerializer.SerializeToElement(new string('x', LogLimits.SnapshotBytes - 2));
        JsonElement more = JsonSerializer.SerializeToElement(new string('x', LogLimits.SnapshotBytes - 1));
        await Expect.InvalidArgument(() => Log.Compact(1, more), "'snapshot'");
        Assert.Equal(1, (await Log.Compact(1, most)).Index);
    }

    [Theory]
    [InlineData("<")]
    [InlineData("\"")]
    [InlineData("Ж")]
    public async Task What_weighs_most_as_json_reaches_the_followers_and_comes_back(string character)
    {
        await Isolate(2, true);
        JsonElement most = Longest(character, LogLimits.DataBytes);
        for (int i = 0; i < 20; i++)
        {
            await Log.Append(most);
        }
        JsonElement snapshot = Longest(character, LogLimits.SnapshotBytes);
        await Log.Compact(5, snapshot);
        await Isolate(2, false);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.All(_host.WaitingSignals, Assert.Null);
        await AssertInStep(20);

        await DeleteAsync(Leader);
        await Log.Recover();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((20, 20), ((await Log.Status()).Last, (await Log.Status()).Committed));
        Assert.Equal(snapshot.GetString(), (await Log.Snapshot()).Value!.Value.GetString());

        static JsonElement Longest(string character, int bytes)
        {
            int each = JsonSerializer.SerializeToUtf8Bytes(character, ObjectJson.Options).Length - 2;
            return JsonSerializer.SerializeToElement(string.Concat(Enumerable.Repeat(character, (bytes - 2) / each)));
        }
    }

    [Fact]
    public async Task Data_and_snapshots_are_nested_no_deeper_than_what_goes_around_them_allows()
    {
        await Log.Append(Nested(LogLimits.Depth));
        await Append("a");
        await Expect.InvalidArgument(() => Log.Append(Nested(LogLimits.Depth + 1)), "'data'", "32");
        await Expect.InvalidArgument(() => Log.Compact(1, Nested(LogLimits.Depth + 1)), "'snapshot'", "32");

        Assert.Equal(2, (await Log.Read()).Entries.Count);
        await Log.Compact(1, Nested(LogLimits.Depth));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(2);

        static JsonElement Nested(int depth) => Json(new string('[', depth) + new string(']', depth));
    }

    [Fact]
    public async Task A_log_is_full_by_its_ids_too_which_the_database_has_twice()
    {
        for (int i = 0; i < 10; i++)
        {
            await Log.Append(Json("1"), new string('\u65e5', LogLimits.IdCharacters - 1) + i);
        }
        long each = 1 + LogLimits.EntryOverhead + 2 * (3 * (LogLimits.IdCharacters - 1) + 1);
        await AssertCountedAsync(10 * each);

        await Log.Compact(4);
        await AssertCountedAsync(6 * each);

        async Task AssertCountedAsync(long bytes)
        {
            await _host.HibernateAllAsync();
            Tables.Change(_host.DatabaseOf(Leader), $"UPDATE log SET bytes = bytes + {LogLimits.MaxBytes + 1 - bytes}");
            await Expect.Refusal(409, LogLimits.LogFull, () => Append("more"), $"{LogLimits.MaxBytes + 1:N0}");
        }
    }

    [Fact]
    public async Task A_follower_that_was_dismissed_while_it_was_away_leaves_when_it_speaks_up()
    {
        await Log.Configure(replicas: 5);
        await Append("1");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(5, true);
        await Log.Configure(replicas: 3);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await Follower(5).Status()).Last);

        await Isolate(5, false);

        Assert.Equal((1, 0, 0), await First_last_and_committed(5));
        await AssertInStep(3);
    }

    [Fact]
    public async Task A_leader_that_has_lost_what_made_a_follower_one_does_not_dismiss_it()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Log.Configure(replicas: 5);
        await Append("2");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(5, true);
        await ReturnAsync(Leader, past);

        await Isolate(5, false);

        Assert.Equal(3, (await Follower(5).Status()).Last);
    }

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private Task<LogAppended> Append(string id) => Log.Append(Json("1"), id);

    private ObjectAddress Address(int number) => _host.Address<ILogFollower>($"seeds:{number}");

    private ILogFollower Follower(int number) => _host.Objects.Get<ILogFollower>($"seeds:{number}");

    private Task Isolate(int number, bool isolated) =>
        _host.Objects.Get<ILogFollower>($"seeds:{number}", Administrator).Isolate(isolated);

    private async Task DeleteAsync(ObjectAddress address) =>
        await _host.RunAsync(address, new DeleteTurn { Caller = Administrator }, CancellationToken.None);

    private async Task<(long First, long Last, long Committed)> First_last_and_committed(int number)
    {
        LogFollowerStatus status = await Follower(number).Status();
        return (status.First, status.Last, status.Committed);
    }

    private async Task AssertInStep(long last, int replicas = 3, bool known = true)
    {
        LogStatus status = await Log.Status();
        Assert.Equal((last, last), (status.Last, status.Committed));
        string hash = (await Log.Entry(last)).Hash;
        for (int i = 1; i <= replicas; i++)
        {
            LogFollowerStatus follower = await Follower(i).Status();
            Assert.Equal((last, hash, status.First), (follower.Last, follower.Hash, follower.First));
            Assert.Equal(known ? last : 0, follower.Committed);
        }
    }

    private async Task<string> BookmarkAsync(ObjectAddress address) =>
        (await new ObjectRecovery(_host).ListAsync(address, Administrator, CancellationToken.None)).Current;

    private async Task ReturnAsync(ObjectAddress address, string bookmark) =>
        await new ObjectRecovery(_host).RestoreAsync(address, bookmark, Administrator, CancellationToken.None);
}
