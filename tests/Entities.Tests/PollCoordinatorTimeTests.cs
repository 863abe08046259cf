namespace DurableObjects.Entities.Tests;

/// <summary>When a source is polled, and what becomes of polls that fail or are lost.</summary>
public sealed class PollCoordinatorTimeTests : PollCoordinatorTestBase
{
    [Fact]
    public async Task A_source_is_polled_at_once_and_then_so_long_after_each_end()
    {
        PollSource source = await Coordinator.Watch("cam", Url, 60, 0);
        Assert.Equal(
            new PollSource("cam", Url, 60, 0, PollFormat.Items, null, false, true, null, null, null, 0, null, 0), source);

        await AdvanceAsync(3);
        await AnswerAsync("[]");
        source = (await Coordinator.Source("cam"))!;
        Assert.Equal((false, At(63), At(3), 200), (source.Polling, source.NextAt, source.LastSuccess, source.LastStatus));

        await AdvanceAsync(59.999);
        Assert.Empty(Waiting());
        await AdvanceAsync(0.001);
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_source_is_never_polled_twice_at_a_time()
    {
        await Coordinator.Watch("cam", Url, 1, 0);
        string poll = await BeginAsync();

        await Coordinator.PollNow("cam");
        await Coordinator.Watch("cam", Url, 1, 0);
        await Coordinator.Resume("cam");
        await AdvanceAsync(59);
        Assert.Empty(Waiting());

        await Runs.Finish(poll, Success("[]"));
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_poll_may_begin_once()
    {
        await Coordinator.Watch("cam", Url);
        string poll = Assert.Single(Waiting());

        Assert.Equal(new PollPermit(Url, null, null), await Runs.Begin(poll));
        Assert.Null(await Runs.Begin(poll));
        await Host.HibernateAllAsync(rebuild: true);
        Assert.Null(await Runs.Begin(poll));
        Assert.Null(await Runs.Begin("poll-of-nobody"));
    }

    [Fact]
    public async Task A_poll_that_never_comes_back_is_given_up_and_what_it_brings_later_is_ignored()
    {
        await Coordinator.Watch("cam", Url, 10, 0);
        string lost = await BeginAsync();
        await AdvanceAsync(59.999);
        Assert.True((await Coordinator.Source("cam"))!.Polling);
        await AdvanceAsync(0.001);

        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((false, 1, At(80)), (source.Polling, source.Failures, source.NextAt));
        Assert.Contains("never came back", source.LastError, StringComparison.Ordinal);
        await AdvanceAsync(20);
        string next = await BeginAsync();

        await Runs.Finish(lost, Success("""[{"id":"late"}]"""));
        Assert.Empty(await Coordinator.Items());
        await Runs.Finish(next, Success("""[{"id":"new"}]"""));
        Assert.Equal("new", Assert.Single(await Coordinator.Items()).Id);
        await Runs.Finish(lost, Success("""[{"id":"later still"}]"""));
        await Runs.Finish(next, Success("""[{"id":"again"}]"""));
        Assert.Single(await Coordinator.Items());
    }

    [Fact]
    public async Task A_poll_that_does_not_begin_is_given_up_after_five_minutes_and_may_not_begin_then()
    {
        await Coordinator.Watch("cam", Url, 10, 0);
        string slow = Assert.Single(Waiting());
        await AdvanceAsync(299.999);
        Assert.Equal(0, (await Coordinator.Source("cam"))!.Failures);
        await AdvanceAsync(0.001);

        Assert.Contains("not begun", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        Assert.Null(await Runs.Begin(slow));
    }

    [Fact]
    public async Task Failures_double_the_time_to_the_next_poll_up_to_an_hour_and_a_success_ends_that()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        foreach (int minutes in (int[])[2, 4, 8, 16, 32, 60, 60])
        {
            await AnswerAsync(new PollAnswer { Status = 503, Error = "The source answered 503." });
            PollSource failing = (await Coordinator.Source("cam"))!;
            Assert.Equal(Host.Clock.GetUtcNow().AddMinutes(minutes), failing.NextAt);
            Assert.Equal((503, "The source answered 503."), (failing.LastStatus, failing.LastError));
            await AdvanceAsync(minutes * 60);
        }
        Assert.Equal(7, (await Coordinator.Source("cam"))!.Failures);

        await AnswerAsync("[]");
        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((0, null), (source.Failures, source.LastError));
        Assert.Equal(Host.Clock.GetUtcNow().AddMinutes(1), source.NextAt);
    }

    [Fact]
    public async Task A_period_longer_than_an_hour_is_not_shortened_by_failures()
    {
        await Coordinator.Watch("cam", Url, 7_200, 0);
        await AnswerAsync(new PollAnswer { Error = "refused" });

        Assert.Equal(At(7_200), (await Coordinator.Source("cam"))!.NextAt);
    }

    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(5, 120)]
    [InlineData(-5, 120)]
    [InlineData(1e300, 86_400)]
    public async Task A_source_is_left_alone_for_as_long_as_it_says_and_a_day_at_most(double said, double waits)
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(new PollAnswer { Status = 429, Error = "The source answered 429.", RetryAfterSeconds = said });

        Assert.Equal(At(waits), (await Coordinator.Source("cam"))!.NextAt);
    }

    [Fact]
    public async Task Chance_makes_each_period_longer_or_shorter_within_its_share()
    {
        await Coordinator.Watch("cam", Url, 100, 0.25);
        HashSet<double> waits = [];
        for (int i = 0; i < 50; i++)
        {
            await AnswerAsync("[]");
            waits.Add(((await Coordinator.Source("cam"))!.NextAt!.Value - Host.Clock.GetUtcNow()).TotalSeconds);
            await Coordinator.PollNow("cam");
        }

        Assert.All(waits, wait => Assert.InRange(wait, 75, 125.001));
        Assert.Contains(waits, wait => wait < 100);
        Assert.Contains(waits, wait => wait > 100);
    }

    [Fact]
    public async Task A_paused_source_is_not_polled_until_it_is_resumed()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        string poll = await BeginAsync();
        Assert.True((await Coordinator.Pause("cam")).Polling);
        await Runs.Finish(poll, Success("""[{"id":"a"}]"""));
        Assert.Single(await Coordinator.Items());
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());
        PollSource paused = (await Coordinator.Source("cam"))!;
        Assert.Equal((true, false, null), (paused.Paused, paused.Polling, paused.NextAt));

        await Coordinator.PollNow("cam");
        await AnswerAsync("[]");
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());

        Assert.True((await Coordinator.Resume("cam")).Polling);
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_source_that_fails_is_polled_now_if_one_says_so()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(new PollAnswer { Error = "refused" });
        await Coordinator.Watch("cam", Url, 10, 0);
        Assert.Equal(At(120), (await Coordinator.Source("cam"))!.NextAt);
        await Coordinator.PollNow("cam");
        await AnswerAsync("[]");
        Assert.Equal(0, (await Coordinator.Source("cam"))!.Failures);
    }

    [Fact]
    public async Task A_shorter_period_counts_at_once()
    {
        await Coordinator.Watch("cam", Url, 3_600, 0);
        await AnswerAsync("[]");
        Assert.Equal(At(10), (await Coordinator.Watch("cam", Url, 10, 0)).NextAt);
        Assert.Equal(At(10), (await Coordinator.Watch("cam", Url, 20, 0)).NextAt);
    }

    [Fact]
    public async Task Only_so_many_polls_are_under_way_at_once_and_each_end_begins_another()
    {
        for (int i = 0; i < PollLimits.MaxPolling + 3; i++)
        {
            await Coordinator.Watch($"cam-{i:00}", Url, 60, 0);
        }
        Assert.Equal(PollLimits.MaxPolling, Waiting().Count);

        await AnswerAsync("[]");
        Assert.Equal(PollLimits.MaxPolling, Waiting().Count);
        await Coordinator.Unwatch("cam-01");
        Assert.Equal(PollLimits.MaxPolling + 1, Waiting().Count);
        await AdvanceAsync(300);
        Assert.Equal(32, (await Coordinator.Sources()).Sources.Count(one => one.Failures == 1));
    }

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);
}
