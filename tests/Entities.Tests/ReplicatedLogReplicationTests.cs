using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>When an entry is committed, and what followers have to do with it that cannot be reached.</summary>
public sealed class ReplicatedLogReplicationTests : ReplicatedLogTestBase
{
    [Fact]
    public async Task An_entry_is_pending_until_a_majority_of_the_followers_has_it()
    {
        Host.DeliversAutomatically = false;

        LogAppended appended = await Append("a");
        Assert.Equal(new LogAppended(1, "a", LogEntryState.Pending), appended);
        await Host.DeliverAsync(3);
        Assert.Equal(0, (await Log.Status()).Committed);
        await Host.DeliverAsync(1);
        Assert.Equal(0, (await Log.Status()).Committed);
        await Host.DeliverAsync(1);

        Assert.Equal(1, (await Log.Status()).Committed);
        Assert.Equal(new LogAppended(1, "a", LogEntryState.Committed), await Append("a"));
    }

    [Fact]
    public async Task Every_follower_has_the_same_log_and_soon_knows_what_is_committed()
    {
        for (int i = 1; i <= 5; i++)
        {
            await Append($"entry {i}");
            await Host.HibernateAllAsync(rebuild: true);
        }
        Assert.Equal(4, (await Follower(1).Status()).Committed);

        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        await AssertInStep(5);
        Assert.Null(Host.SummaryOf(Leader).Alarm);
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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        await AssertInStep(251);
    }

    [Fact]
    public async Task A_follower_that_stays_away_is_asked_ever_less_often_and_never_forgotten()
    {
        await Append("a");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(2, true);
        await Append("b");
        int before = Host.CommitsOf(Leader).Count;

        await Host.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.InRange(Host.CommitsOf(Leader).Count - before, 15, 150);
        LogReplica away = (await Log.Status()).Followers[1];
        Assert.InRange(away.Unanswered, 15, 30);
        Assert.NotNull(Host.SummaryOf(Leader).Alarm);
    }

    [Fact]
    public async Task A_majority_that_cannot_be_reached_is_reported_and_refused_and_all_goes_on_when_it_is_back()
    {
        await Append("a");
        await Isolate(1, true);
        await Isolate(3, true);
        await Append("b");

        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(LogHealth.Available, (await Log.Status()).State);
        Assert.Equal(3, (await Append("c")).Index);
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(4);
    }

    [Fact]
    public async Task How_long_a_majority_may_take_can_be_said()
    {
        await Log.Configure(unavailableAfterSeconds: 0.25m);
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("a");

        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(249));
        Assert.Equal(LogHealth.Available, (await Log.Status()).State);
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(LogHealth.Unavailable, (await Log.Status()).State);
    }

    [Fact]
    public async Task No_more_than_a_thousand_entries_wait()
    {
        Host.DeliversAutomatically = false;
        for (int i = 1; i <= LogLimits.MaxPending; i++)
        {
            await Append($"{i}");
        }

        DurableObjectException refusal = await Assert.ThrowsAsync<DurableObjectException>(() => Append("more"));
        Assert.Equal((503, LogLimits.TooManyPending, true, true), (refusal.Status, refusal.Code, refusal.Retryable, refusal.Overloaded));
        // No follower owes more answers than its window.
        Assert.Equal(1 + 1 + 1, Host.WaitingSignals.Count);

        await Host.DeliverAsync();
        Assert.Equal(LogLimits.MaxPending, (await Log.Status()).Committed);
    }
}
