using System.Text;
using System.Text.Json;
using DurableObjects.Breakers;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Breakers;

public sealed class CircuitBreakerTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly CircuitBreakerOptions Options = new()
    {
        FailureRatio = 0.5,
        MinimumThroughput = 4,
        SamplingDuration = TimeSpan.FromSeconds(10),
        BreakDuration = TimeSpan.FromSeconds(5),
    };

    private readonly TestHost _host = TestHost.Of(typeof(CircuitBreaker));

    private ICircuitBreaker Breaker => _host.Objects.Get<ICircuitBreaker>("https://example.org");

    private ObjectAddress Address => _host.Address<ICircuitBreaker>("https://example.org");

    private int Commits => _host.CommitsOf(Address).Count;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_closed_circuit_allows_every_call_and_is_not_changed_by_the_question()
    {
        BreakerPermit first = await Breaker.Enter(Options);

        Assert.Equal((true, CircuitState.Closed, null), (first.Allowed, first.State, first.RetryAfter));
        Assert.Equal(first, await Breaker.Enter(Options));
        Assert.Equal(first, await Breaker.Ask(Options));
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task It_opens_when_enough_calls_were_made_and_enough_of_them_failed()
    {
        await CallAsync("+-+");
        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
        await CallAsync("-");

        Assert.Equal(
            new BreakerStatus(
                CircuitState.Open, 2, 2, FakeClock.DefaultStart, FakeClock.DefaultStart.AddSeconds(5), FakeClock.DefaultStart, 1),
            await Breaker.Status());
        Assert.Equal(new BreakerPermit(false, CircuitState.Open, TimeSpan.FromSeconds(5), 0), await Breaker.Enter(Options));
    }

    [Fact]
    public async Task It_stays_closed_below_the_minimum_throughput_even_if_everything_fails()
    {
        await CallAsync("---");

        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task It_stays_closed_below_the_ratio_however_many_fail()
    {
        await CallAsync("++++++-----");

        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
        await CallAsync("-");
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task Only_a_failure_opens_it()
    {
        await CallAsync("---+");
        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);

        await CallAsync("-");
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task Outcomes_count_for_the_sampling_duration_and_no_longer()
    {
        await CallAsync("---");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal(3, (await Breaker.Status()).Failures);
        await _host.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.Equal(0, (await Breaker.Status()).Failures);

        await CallAsync("-");
        Assert.Equal((CircuitState.Closed, 1), await StateAndFailuresAsync());
    }

    [Fact]
    public async Task Outcomes_within_a_tenth_of_the_sampling_duration_end_with_the_first_of_them()
    {
        await CallAsync("-");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(999));
        await CallAsync("--");
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await CallAsync("+");

        await _host.AdvanceAsync(TimeSpan.FromSeconds(9));
        await CallAsync("-");

        Assert.Equal((CircuitState.Closed, 1), await StateAndFailuresAsync());
        Assert.Equal(1, (await Breaker.Status()).Successes);
    }

    [Fact]
    public async Task A_refusal_says_what_is_left_of_the_break()
    {
        await OpenAsync();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.Equal(new BreakerPermit(false, CircuitState.Open, TimeSpan.FromSeconds(2), 0), await Breaker.Enter(Options));
        Assert.Equal(new BreakerPermit(false, CircuitState.Open, TimeSpan.FromSeconds(2), 0), await Breaker.Ask(Options));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromTicks(1), (await Breaker.Enter(Options)).RetryAfter);
    }

    [Fact]
    public async Task When_the_break_is_over_one_call_is_let_through_and_the_others_wait_for_it()
    {
        await OpenAsync();
        await _host.AdvanceAsync(Options.BreakDuration);

        BreakerPermit probe = await Breaker.Enter(Options);
        Assert.Equal((true, CircuitState.HalfOpen, null), (probe.Allowed, probe.State, probe.RetryAfter));
        await _host.AdvanceAsync(Second);
        Assert.Equal(new BreakerPermit(false, CircuitState.HalfOpen, TimeSpan.FromSeconds(4), 0), await Breaker.Enter(Options));
    }

    [Fact]
    public async Task Asking_lets_nothing_through_but_says_that_entering_could()
    {
        await OpenAsync();
        await _host.AdvanceAsync(Options.BreakDuration);
        int commits = Commits;

        Assert.Equal(new BreakerPermit(false, CircuitState.Open, TimeSpan.Zero, 0), await Breaker.Ask(Options));
        Assert.Equal(commits, Commits);
        Assert.True((await Breaker.Enter(Options)).Allowed);
        Assert.Equal(new BreakerPermit(false, CircuitState.HalfOpen, TimeSpan.FromSeconds(5), 0), await Breaker.Ask(Options));
    }

    [Fact]
    public async Task The_one_call_closes_the_circuit_by_success_and_what_was_counted_is_forgotten()
    {
        BreakerPermit probe = await ProbeAsync();
        await _host.AdvanceAsync(Second);
        await Breaker.Report(probe.Permit, true, Options);

        Assert.Equal(
            new BreakerStatus(
                CircuitState.Closed, 0, 0, FakeClock.DefaultStart, null, FakeClock.DefaultStart.AddSeconds(6), 1),
            await Breaker.Status());
        await CallAsync("---");
        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task The_one_call_opens_it_again_by_failure_for_another_break()
    {
        BreakerPermit probe = await ProbeAsync();
        await _host.AdvanceAsync(Second);
        await Breaker.Report(probe.Permit, false, Options);

        BreakerStatus status = await Breaker.Status();
        Assert.Equal(
            (CircuitState.Open, FakeClock.DefaultStart.AddSeconds(6), FakeClock.DefaultStart.AddSeconds(11), 2L),
            (status.State, status.OpenedAt, status.HalfOpenAt, status.TimesOpened));
        Assert.Equal(TimeSpan.FromSeconds(5), (await Breaker.Enter(Options)).RetryAfter);
    }

    [Fact]
    public async Task A_call_that_is_never_reported_lapses_after_the_break_duration_and_another_is_let_through()
    {
        BreakerPermit lost = await ProbeAsync();
        DateTimeOffset? halfOpenAt = (await Breaker.Status()).HalfOpenAt;
        await _host.AdvanceAsync(Options.BreakDuration - TimeSpan.FromTicks(1));
        Assert.False((await Breaker.Enter(Options)).Allowed);
        await _host.AdvanceAsync(TimeSpan.FromTicks(1));

        BreakerPermit next = await Breaker.Enter(Options);
        Assert.True(next.Allowed);
        Assert.False((await Breaker.Enter(Options)).Allowed);
        Assert.Equal(halfOpenAt, (await Breaker.Status()).LastChange);

        await Breaker.Report(lost.Permit, false, Options);
        Assert.Equal(CircuitState.HalfOpen, (await Breaker.Status()).State);
        await Breaker.Report(next.Permit, true, Options);
        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task A_late_report_of_the_one_call_counts_while_no_other_was_let_through()
    {
        BreakerPermit slow = await ProbeAsync();
        await _host.AdvanceAsync(TimeSpan.FromMinutes(5));

        await Breaker.Report(slow.Permit, true, Options);

        Assert.Equal(CircuitState.Closed, (await Breaker.Status()).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_report_from_before_the_last_change_of_state_changes_nothing(bool succeeded)
    {
        BreakerPermit early = await Breaker.Enter(Options);
        await CallAsync("----");
        await Breaker.Report(early.Permit, succeeded, Options);
        Assert.Equal(4, (await Breaker.Status()).Failures);

        await _host.AdvanceAsync(Options.BreakDuration);
        BreakerPermit probe = await Breaker.Enter(Options);
        await Breaker.Report(early.Permit, succeeded, Options);
        Assert.Equal(CircuitState.HalfOpen, (await Breaker.Status()).State);

        await Breaker.Report(probe.Permit, true, Options);
        int commits = Commits;
        await Breaker.Report(early.Permit, succeeded, Options);
        await Breaker.Report(probe.Permit, succeeded, Options);
        Assert.Equal(commits, Commits);
        Assert.Equal((0L, 0L), await CountsAsync());
    }

    [Fact]
    public async Task A_refusal_has_no_permit_to_report_with()
    {
        await OpenAsync();
        int commits = Commits;

        await Breaker.Report((await Breaker.Enter(Options)).Permit, true, Options);

        Assert.Equal((CircuitState.Open, commits), ((await Breaker.Status()).State, Commits));
    }

    [Fact]
    public async Task Isolated_by_hand_it_lets_nothing_through_until_it_is_closed_by_hand()
    {
        BreakerPermit early = await Breaker.Enter(Options);
        await Breaker.Isolate();
        Assert.Equal(new BreakerPermit(false, CircuitState.Isolated, null, 0), await Breaker.Enter(Options));
        await _host.AdvanceAsync(TimeSpan.FromDays(30));
        await Breaker.Report(early.Permit, true, Options);
        Assert.Equal(new BreakerPermit(false, CircuitState.Isolated, null, 0), await Breaker.Ask(Options));
        int commits = Commits;
        await Breaker.Isolate();
        Assert.Equal(commits, Commits);

        await Breaker.Close();
        Assert.True((await Breaker.Enter(Options)).Allowed);
        Assert.Equal((CircuitState.Closed, 0), ((await Breaker.Status()).State, (await Breaker.Status()).TimesOpened));
    }

    [Fact]
    public async Task Closing_by_hand_ends_the_break_and_the_wait_for_the_one_call()
    {
        await OpenAsync();
        await Breaker.Close();
        Assert.True((await Breaker.Enter(Options)).Allowed);

        BreakerPermit probe = await ProbeAsync();
        await Breaker.Close();
        await Breaker.Report(probe.Permit, false, Options);
        Assert.Equal((CircuitState.Closed, 0), await StateAndFailuresAsync());
    }

    [Fact]
    public async Task Closing_a_closed_circuit_forgets_what_was_counted_and_what_was_not_written_yet()
    {
        await CallAsync("---");
        await CallAsync("+++");
        await Breaker.Close();
        Assert.Equal((0L, 0L), await CountsAsync());

        await CallAsync("---");
        Assert.Equal((CircuitState.Closed, 3), await StateAndFailuresAsync());
        await CallAsync("-");
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task Closing_a_circuit_of_which_nothing_is_known_leaves_no_object()
    {
        await Breaker.Close();

        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task The_options_of_the_newest_question_count()
    {
        await OpenAsync();
        await _host.AdvanceAsync(Second);

        Assert.Equal(TimeSpan.FromSeconds(59), (await Breaker.Enter(Options with { BreakDuration = TimeSpan.FromMinutes(1) })).RetryAfter);
        Assert.True((await Breaker.Enter(Options with { BreakDuration = Second })).Allowed);
    }

    [Fact]
    public async Task A_lower_ratio_or_throughput_is_in_force_with_the_next_failure()
    {
        await CallAsync("+++-");
        await CallAsync("-", Options with { FailureRatio = 0.4 });
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);

        await Breaker.Close();
        await CallAsync("--", Options with { MinimumThroughput = 2 });
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task A_shorter_sampling_duration_leaves_out_what_is_older()
    {
        await CallAsync("---");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await CallAsync("-", Options with { SamplingDuration = Second });

        Assert.Equal((CircuitState.Closed, 1), await StateAndFailuresAsync());
    }

    [Fact]
    public async Task Without_options_the_defaults_hold()
    {
        BreakerPermit permit = await Breaker.Enter();
        for (int i = 0; i < 4; i++)
        {
            await Breaker.Report(permit.Permit, false);
        }
        Assert.True((await Breaker.Enter()).Allowed);
        await Breaker.Report(permit.Permit, false);

        Assert.Equal(TimeSpan.FromSeconds(30), (await Breaker.Enter()).RetryAfter);
    }

    [Fact]
    public async Task Everything_but_the_newest_successes_survives_hibernation()
    {
        await CallAsync("++-+-");
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal((3L, 2L), await CountsAsync());
        await CallAsync("-");
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal(new BreakerPermit(false, CircuitState.Open, Options.BreakDuration, 0), await Breaker.Enter(Options));
        await _host.AdvanceAsync(Options.BreakDuration);
        BreakerPermit probe = await Breaker.Enter(Options);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.False((await Breaker.Enter(Options)).Allowed);
        await Breaker.Report(probe.Permit, true, Options);
        Assert.True((await Breaker.Enter(Options)).Allowed);
    }

    [Fact]
    public async Task A_thousand_successes_within_a_tenth_of_the_window_are_ten_commits()
    {
        await CallAsync(new string('+', 1_000));

        Assert.Equal(10, Commits);
    }

    [Fact]
    public async Task Successes_that_are_not_written_count_all_the_same()
    {
        await CallAsync("+++++++");
        Assert.Equal(4, (await Breaker.Status()).Successes);
        await CallAsync("------");
        Assert.Equal((CircuitState.Closed, 6), await StateAndFailuresAsync());
        Assert.Equal(7, (await Breaker.Status()).Successes);

        await CallAsync("-");
        Assert.Equal(CircuitState.Open, (await Breaker.Status()).State);
    }

    [Fact]
    public async Task Hibernation_costs_less_than_half_of_the_successes()
    {
        for (int successes = 1; successes <= 70; successes++)
        {
            await Breaker.Close();
            await CallAsync(new string('+', successes));
            await _host.HibernateAllAsync();
            await CallAsync("-");

            Assert.InRange((await Breaker.Status()).Successes, (successes / 2) + 1, successes);
        }
    }

    [Fact]
    public async Task Successes_that_a_caller_kept_come_along_with_a_report()
    {
        BreakerPermit permit = await Breaker.Enter(Options);
        await Breaker.Report(permit.Permit, false, Options, successes: 9);
        Assert.Equal((9L, 1L), await CountsAsync());
        await Breaker.Report(permit.Permit, true, Options, successes: 19);
        Assert.Equal((29L, 1L), await CountsAsync());

        await OpenAsync();
        await Breaker.Report(permit.Permit, false, Options, successes: 100);
        Assert.Equal(29, (await Breaker.Status()).Successes);
    }

    [Fact]
    public async Task Under_steady_use_the_storage_does_not_grow()
    {
        await UseAsync(40);
        long early = await DatabaseBytesAsync();
        await UseAsync(1_000);

        Assert.Equal(early, await DatabaseBytesAsync());
        Assert.InRange((await Breaker.Status()).Failures, 18, 20);
    }

    [Fact]
    public async Task Over_HTTP_states_are_words_and_durations_are_texts()
    {
        const string Given = """{"options":{"minimumThroughput":2,"breakDuration":"00:00:10"}}""";
        Assert.Equal("""{"allowed":true,"state":"closed","retryAfter":null,"permit":1}""", await PostAsync("enter", Given));
        string report = """{"permit":1,"succeeded":false,"options":{"minimumThroughput":2,"breakDuration":"00:00:10"}}""";
        await PostAsync("report", report);
        await PostAsync("report", report);

        Assert.Equal("""{"allowed":false,"state":"open","retryAfter":"00:00:10","permit":0}""", await PostAsync("enter", Given));
        Assert.Equal(
            """{"state":"open","successes":0,"failures":2,"openedAt":"2030-01-01"""
            + """T00:00:00+00:00","halfOpenAt":"2030-01-01T00:00:10+00:00","lastChange":"2030-01-01T00:00:00+00:00","timesOpened":1}""",
            await PostAsync("status", ""));
    }

    private async Task<string> PostAsync(string method, string arguments)
    {
        Answer answer = await _host.RunAsync(Address, new CallTurn(method, Encoding.UTF8.GetBytes(arguments)), CancellationToken.None);
        return Encoding.UTF8.GetString(answer.OrThrow().Json.Span);
    }

    /// <summary>Makes one call after the other, each allowed: + succeeds, - fails.</summary>
    private async Task CallAsync(string outcomes, CircuitBreakerOptions? options = null)
    {
        foreach (char outcome in outcomes)
        {
            BreakerPermit permit = await Breaker.Enter(options ?? Options);
            Assert.True(permit.Allowed);
            await Breaker.Report(permit.Permit, outcome == '+', options ?? Options);
        }
    }

    private async Task OpenAsync()
    {
        while ((await Breaker.Status()).State != CircuitState.Open)
        {
            await CallAsync("-");
        }
    }

    private async Task<BreakerPermit> ProbeAsync()
    {
        await OpenAsync();
        await _host.AdvanceAsync(Options.BreakDuration);
        return await Breaker.Enter(Options);
    }

    private async Task UseAsync(int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            await CallAsync("++-+-+");
            await _host.AdvanceAsync(Second);
        }
    }

    private async Task<(CircuitState State, long Failures)> StateAndFailuresAsync()
    {
        BreakerStatus status = await Breaker.Status();
        return (status.State, status.Failures);
    }

    private async Task<(long Successes, long Failures)> CountsAsync()
    {
        BreakerStatus status = await Breaker.Status();
        return (status.Successes, status.Failures);
    }

    private async Task<long> DatabaseBytesAsync()
    {
        Answer answer = await _host.RunAsync(Address, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.OrThrow().Json.Span, ObjectJson.Options)!.DatabaseBytes;
    }
}
