namespace DurableObjects.Entities.Tests;

/// <summary>How a leader, or a follower, that was returned to its past or deleted gets back what it lost.</summary>
public sealed class ReplicatedLogRecoveryTests : ReplicatedLogTestBase
{
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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await DeleteAsync(Leader);

        await Log.Recover();
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        LogStatus status = await Log.Status();
        Assert.Equal((LogHealth.Available, 5, 21, 301), (status.State, status.Replicas, status.First, status.Last));
        Assert.Equal(20, (await Log.Snapshot()).Value!.Value.GetInt32());
        await AssertInStep(301, replicas: 5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_follower_that_has_lost_entries_gets_them_back_when_the_leader_wakes_though_nobody_appends(bool deleted)
    {
        await Append("1");
        string past = await BookmarkAsync(Address(1));
        await Append("2");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await (deleted ? DeleteAsync(Address(1)) : ReturnAsync(Address(1), past));
        await Host.HibernateAllAsync();

        await Host.ConnectAsync(Leader);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((2, 2), ((await Follower(1).Status()).Last, (await Follower(1).Status()).Committed));
    }

    [Fact]
    public async Task A_leader_that_was_returned_gets_back_what_it_lost_though_nobody_appends()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Append("2");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(10));
        await ReturnAsync(Leader, past);

        // Any turn wakes it.
        await Log.Configure();
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(["1", "2"], (await Log.Read()).Entries.Select(one => one.Id));
    }

    [Fact]
    public async Task A_recovering_leader_refuses_until_a_majority_has_said_what_it_has()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Isolate(3, true);
        await Append("2");
        await Isolate(1, true);
        await ReturnAsync(Leader, past);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 1), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Expect.Refusal(503, LogLimits.Unavailable, () => Append("x"), "getting back");
        await Expect.Refusal(503, LogLimits.Unavailable, () => Log.Compact(1));
        await Expect.Refusal(503, LogLimits.Unavailable, () => Log.Read());
        Assert.Single((await Log.Read(consistency: LogConsistency.Latest)).Entries);

        await Isolate(3, false);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["1", "2"], (await Log.Read()).Entries.Select(one => one.Id));
        await Isolate(1, false);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(2);
    }

    [Fact]
    public async Task A_leader_that_was_returned_never_shows_its_past_and_gets_back_what_it_lost_although_nobody_calls()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Append("2");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));

        await ReturnAsync(Leader, past);

        await Expect.Refusal(503, LogLimits.Unavailable, () => Log.Read(), "getting back");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["1", "2"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(2);
    }

    [Fact]
    public async Task A_leader_that_has_its_log_back_shows_what_is_committed_only_when_all_of_it_is_again()
    {
        await Append("1");
        await Append("2");
        // The followers have not heard yet that the second is committed.
        await DeleteAsync(Leader);
        Host.DeliversAutomatically = false;
        await Log.Recover();
        List<LogHealth> states = [];
        for (int delivered = 1; delivered > 0;)
        {
            LogStatus status = await Log.Status();
            states.Add(status.State);
            Assert.True(status.State == LogHealth.Recovering || status.Committed == 2, $"{status}");
            delivered = await Host.DeliverAsync(1);
        }

        Assert.Equal([LogHealth.Recovering, LogHealth.Available], states.Distinct());
    }

    [Fact]
    public async Task Where_a_lost_entry_and_one_in_its_place_could_both_be_committed_only_more_answers_decide()
    {
        await Isolate(3, true);
        await Append("lost");
        Assert.Equal(1, (await Log.Status()).Committed);
        await DeleteAsync(Leader);
        // Only the follower that lacks the lost entry can be reached, so it takes the one in its place.
        await Isolate(1, true);
        await Isolate(2, true);
        await Isolate(3, false);
        await Append("other");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 0), ((await Follower(3).Status()).Last, (await Log.Status()).Committed));

        await Isolate(1, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((LogHealth.Recovering, 0), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Isolate(2, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["lost", "other"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(2);
    }

    [Fact]
    public async Task What_a_minority_alone_has_of_a_lost_tail_is_cut_off()
    {
        await Append("1");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("2", (await Log.Read()).Entries[^1].Id);
        await AssertInStep((await Log.Status()).Last);
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(LogHealth.Recovering, (await Log.Status()).State);

        await Isolate(2, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(LogHealth.Recovering, (await Log.Status()).State);

        await Isolate(3, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));

        // Neither was committed. Only the leader still has one of them.
        Assert.Equal(["other"], (await Log.Read()).Entries.Select(one => one.Id));
        await AssertInStep(1);
    }
}
