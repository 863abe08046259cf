using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class RateLimiterTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(RateLimiter));

    private IRateLimiter Limiter => _host.Objects.Get<IRateLimiter>("api");

    private ObjectAddress Address => _host.Address<IRateLimiter>("api");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Costs_are_admitted_until_the_limit_and_refused_from_then_on()
    {
        DateTimeOffset reset = FakeClock.DefaultStart.AddSeconds(10);

        Assert.Equal(new RateLimitResult(true, 3, 2, reset, 0), await Limiter.Check(3, 10));
        Assert.Equal(new RateLimitResult(true, 3, 0, reset, 0), await Limiter.Check(3, 10, 2));
        Assert.Equal(new RateLimitResult(false, 3, 0, reset, 10), await Limiter.Check(3, 10));
    }

    [Fact]
    public async Task Over_HTTP_the_result_has_the_five_fields()
    {
        Assert.Equal(
            """{"allowed":true,"limit":2,"remaining":1,"resetAt":"2030-01-01T00:00:01.5+00:00","retryAfterSeconds":0}""",
            await _host.PostAsync("rate-limiter", "api", "check", """{"limit":2,"windowSeconds":1.5}"""));
        Assert.Equal(
            """{"allowed":false,"limit":2,"remaining":1,"resetAt":"2030-01-01T00:00:01.5+00:00","retryAfterSeconds":2}""",
            await _host.PostAsync("rate-limiter", "api", "check", """{"limit":2,"windowSeconds":1.5,"cost":2}"""));
    }

    [Fact]
    public async Task A_cost_counts_until_just_before_the_end_of_its_window()
    {
        await Limiter.Check(1, 10);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.False((await Limiter.Check(1, 10)).Allowed);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.True((await Limiter.Check(1, 10)).Allowed);
    }

    [Fact]
    public async Task The_window_slides_so_that_no_two_windows_meet_with_twice_the_limit()
    {
        await Limiter.Check(2, 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(9));
        await Limiter.Check(2, 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(new RateLimitResult(true, 2, 0, FakeClock.DefaultStart.AddSeconds(20), 0), await Limiter.Check(2, 10));
        Assert.Equal(new RateLimitResult(false, 2, 0, FakeClock.DefaultStart.AddSeconds(20), 9), await Limiter.Check(2, 10));
    }

    [Fact]
    public async Task A_refusal_says_after_how_many_whole_seconds_this_cost_would_pass()
    {
        await Limiter.Check(3, 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(4));
        await Limiter.Check(3, 10, 2);

        // The cost of 1 ends at 10 s, that of 2 at 14 s.
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(500));
        Assert.Equal(6, (await Limiter.Check(3, 10)).RetryAfterSeconds);
        Assert.Equal(10, (await Limiter.Check(3, 10, 2)).RetryAfterSeconds);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(500));
        Assert.Equal(5, (await Limiter.Check(3, 10)).RetryAfterSeconds);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(4_999));
        Assert.Equal(1, (await Limiter.Check(3, 10)).RetryAfterSeconds);
        Assert.Equal(5, (await Limiter.Check(3, 10, 3)).RetryAfterSeconds);
    }

    [Fact]
    public async Task After_the_seconds_of_a_refusal_the_cost_passes()
    {
        await Limiter.Check(5, 3.7m, 5);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(123));
        RateLimitResult refused = await Limiter.Check(5, 3.7m, 2);
        Assert.False(refused.Allowed);

        await _host.AdvanceAsync(TimeSpan.FromSeconds(refused.RetryAfterSeconds));

        Assert.True((await Limiter.Check(5, 3.7m, 2)).Allowed);
    }

    [Fact]
    public async Task A_refused_cost_leaves_no_trace()
    {
        await Limiter.Check(1, 10);
        int commits = _host.CommitsOf(Address).Count;

        for (int i = 0; i < 5; i++)
        {
            Assert.False((await Limiter.Check(1, 10)).Allowed);
        }

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
    }

    [Fact]
    public async Task What_was_admitted_survives_hibernation()
    {
        await Limiter.Check(1, 10);
        await _host.HibernateAllAsync(rebuild: true);

        Assert.False((await Limiter.Check(1, 10)).Allowed);
    }

    [Fact]
    public async Task A_limiter_forgets_itself_when_a_window_has_passed_since_the_last_cost()
    {
        await Limiter.Check(5, 10);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(7));
        await Limiter.Check(5, 10);
        await _host.HibernateAllAsync();

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.True(_host.SummaryOf(Address).Exists);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Null(_host.SummaryOf(Address).Alarm);

        Assert.Equal(4, (await Limiter.Check(5, 10)).Remaining);
    }

    [Fact]
    public async Task Under_steady_use_the_log_does_not_grow()
    {
        await UseAsync(seconds: 50);
        long early = await DatabaseBytesAsync();
        await UseAsync(seconds: 1_000);

        Assert.Equal(early, await DatabaseBytesAsync());
        Assert.True((await Limiter.Check(10, 10)).Allowed);
    }

    [Fact]
    public async Task A_short_window_does_not_cut_a_long_one_short()
    {
        await Limiter.Check(10, 60);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(50));
        await Limiter.Check(10, 60, 2);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(5));
        await Limiter.Check(10, 1);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(6, (await Limiter.Check(10, 60)).Remaining);
    }

    [Fact]
    public async Task Costs_at_the_same_millisecond_add_up()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(9 - i, (await Limiter.Check(10, 0.001m)).Remaining);
        }
        Assert.False((await Limiter.Check(10, 0.001m)).Allowed);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.True((await Limiter.Check(10, 0.001m, 10)).Allowed);
    }

    [Fact]
    public async Task Callers_with_different_windows_see_the_same_costs()
    {
        await Limiter.Check(10, 60, 4);
        await Limiter.Check(10, 1, 4);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(9, (await Limiter.Check(10, 1)).Remaining);
        Assert.Equal(0, (await Limiter.Check(10, 60)).Remaining);
    }

    [Fact]
    public async Task A_limit_that_was_lowered_leaves_nothing_and_never_less()
    {
        await Limiter.Check(10, 10, 8);

        Assert.Equal(new RateLimitResult(false, 5, 0, FakeClock.DefaultStart.AddSeconds(10), 10), await Limiter.Check(5, 10));
    }

    [Fact]
    public async Task A_cost_over_the_limit_is_an_error_since_no_waiting_would_help()
    {
        await Expect.InvalidArgument(() => Limiter.Check(3, 10, 4), "'cost' is 4", "3");

        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Theory]
    [InlineData(0, 10, 1, "'limit'")]
    [InlineData(-1, 10, 1, "'limit'")]
    [InlineData(1_000_000_001, 10, 1, "'limit'")]
    [InlineData(1, 0, 1, "'windowSeconds'")]
    [InlineData(1, -1, 1, "'windowSeconds'")]
    [InlineData(1, 0.0005, 1, "'windowSeconds'")]
    [InlineData(1, 1.2345, 1, "'windowSeconds'")]
    [InlineData(1, 2_678_400.001, 1, "'windowSeconds'")]
    [InlineData(1, 10, 0, "'cost'")]
    [InlineData(1, 10, -1, "'cost'")]
    public async Task An_argument_outside_its_limits_is_refused(long limit, double windowSeconds, long cost, string named) =>
        await Expect.InvalidArgument(() => Limiter.Check(limit, (decimal)windowSeconds, cost), named);

    [Fact]
    public async Task The_largest_values_are_exact()
    {
        const long Limit = RateLimiter.MaxLimit;
        Assert.Equal(1, (await Limiter.Check(Limit, RateLimiter.MaxWindowSeconds, Limit - 1)).Remaining);
        Assert.Equal(0, (await Limiter.Check(Limit, RateLimiter.MaxWindowSeconds, 1)).Remaining);

        Assert.Equal(RateLimiter.MaxWindowSeconds, (await Limiter.Check(Limit, RateLimiter.MaxWindowSeconds)).RetryAfterSeconds);
    }

    private async Task UseAsync(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            Assert.True((await Limiter.Check(10, 10)).Allowed);
            await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<long> DatabaseBytesAsync()
    {
        Answer answer = await _host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!.DatabaseBytes;
    }
}
