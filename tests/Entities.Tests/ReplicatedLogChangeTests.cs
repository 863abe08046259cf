namespace DurableObjects.Entities.Tests;

/// <summary>How the number of followers changes, and what those that were dismissed still have to say.</summary>
public sealed class ReplicatedLogChangeTests : ReplicatedLogTestBase
{
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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(0, (await Log.Status()).Committed);
        for (int i = 1; i <= to; i++)
        {
            await Isolate(i, false);
        }
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        await Append("new");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(hash, (await Log.Entry(last)).Hash);
        Assert.Equal(to, (await Log.Status()).Replicas);
        Assert.Equal("new", (await Log.Entry(last + 1)).Id);
        await AssertInStep(last + 1, to);
    }

    [Fact]
    public async Task A_leader_that_was_returned_to_before_a_change_waits_for_who_was_not_dismissed_by_it()
    {
        await Append("1");
        string past = await BookmarkAsync(Leader);
        await Log.Configure(replicas: 1);
        await Append("2");
        await Isolate(1, true);
        await ReturnAsync(Leader, past);

        await Host.AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((LogHealth.Recovering, 1), ((await Log.Status()).State, (await Log.Status()).Committed));
        await Isolate(1, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["2"], (await Log.Read(3)).Entries.Select(one => one.Id));
        await AssertInStep(3, 1);
    }

    [Fact]
    public async Task A_follower_that_was_away_and_those_that_were_dismissed_are_no_majority()
    {
        await Log.Configure(replicas: 5);
        await Append("1");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        string past = await BookmarkAsync(Leader);
        await Isolate(3, true);
        await Log.Configure(replicas: 3);
        await Append("2");
        await ReturnAsync(Leader, past);
        await Isolate(1, true);
        await Isolate(2, true);
        await Isolate(3, false);

        await Log.Recover();
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 2), ((await Log.Status()).State, (await Log.Status()).Committed));
        await Isolate(1, false);
        await Isolate(2, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));

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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await AssertInStep(253);

        await Log.Configure(replicas: 1);
        await Log.Compact(254);
        await Log.Configure(replicas: 3);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Log.Configure(replicas: 1);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
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
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((LogHealth.Recovering, 0), ((await Log.Status()).State, (await Log.Status()).Committed));

        await Isolate(1, false);
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("2", (await Log.Entry(2)).Id);
        Assert.Equal("other 200", (await Log.Entry((await Log.Status()).Committed)).Id);
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
    public async Task A_follower_that_was_dismissed_while_it_was_away_leaves_when_it_speaks_up()
    {
        await Log.Configure(replicas: 5);
        await Append("1");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(5, true);
        await Log.Configure(replicas: 3);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
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
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Isolate(5, true);
        await ReturnAsync(Leader, past);

        await Isolate(5, false);

        Assert.Equal(3, (await Follower(5).Status()).Last);
    }
}
