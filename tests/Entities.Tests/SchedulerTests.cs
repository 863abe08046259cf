using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class SchedulerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly JobLog _log = new(new FakeClock());
    private readonly TestHost _host;

    public SchedulerTests() => _host = HostOf(_log);

    private IJobs Jobs => _host.Objects.Get<IJobs>("nightly");

    private ObjectAddress Address => _host.Address<IJobs>("nightly");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_job_with_a_time_runs_once_at_that_time_and_is_gone()
    {
        await Jobs.Schedule("a", at: At(10));

        await AdvanceAsync(9.999);
        Assert.Empty(_log.Started);
        await AdvanceAsync(0.001);
        Assert.Equal([("a", At(10), At(10))], _log.Started);
        Assert.Empty(await Jobs.List());

        await AdvanceAsync(1_000);
        Assert.Single(_log.Started);
        Assert.Equal([new JobRun(1, "a", At(10), At(10), 1, 0, true, null)], await Jobs.Runs());
    }

    [Fact]
    public async Task A_job_with_a_delay_runs_after_it()
    {
        await AdvanceAsync(3);
        await Jobs.Schedule("a", delaySeconds: 0.25m);

        await AdvanceAsync(0.249);
        Assert.Empty(_log.Started);
        await AdvanceAsync(0.001);
        Assert.Equal([("a", At(3.25), At(3.25))], _log.Started);
    }

    [Fact]
    public async Task A_job_is_never_early_by_a_fraction_of_a_millisecond()
    {
        await Jobs.Schedule("a", at: Start.AddTicks(10_001));
        _host.Clock.Advance(TimeSpan.FromTicks(5));
        await Jobs.Schedule("b", delaySeconds: 0.001m);

        await _host.AdvanceAsync(TimeSpan.FromTicks(10_000));
        Assert.Empty(_log.Started);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(2));

        Assert.Equal([("a", At(0.002), At(0.002)), ("b", At(0.002), At(0.002))], _log.Started);
    }

    [Fact]
    public async Task A_job_that_was_due_in_the_past_runs_at_once()
    {
        await AdvanceAsync(100);
        await Jobs.Schedule("a", at: At(40));
        await _host.TickAsync();

        Assert.Equal([("a", At(40), At(100))], _log.Started);
    }

    [Fact]
    public async Task A_job_that_recurs_runs_first_after_one_period()
    {
        ScheduledJob job = await Jobs.Schedule("a", every: 10);
        Assert.Equal(At(10), job.Due);

        await AdvanceAsync(35);

        Assert.Equal([At(10), At(20), At(30)], _log.Started.Select(run => run.At));
        Assert.Equal(At(40), Assert.Single(await Jobs.List()).Due);
    }

    [Fact]
    public async Task A_job_that_recurs_may_be_given_its_first_time_or_delay()
    {
        await Jobs.Schedule("a", at: At(3), every: 10);
        await Jobs.Schedule("b", delaySeconds: 0, every: 10);

        await AdvanceAsync(15);

        Assert.Equal([At(3), At(13)], _log.Started.Where(run => run.Id == "a").Select(run => run.At));
        Assert.Equal([At(0), At(10)], _log.Started.Where(run => run.Id == "b").Select(run => run.At));
    }

    [Fact]
    public async Task A_host_that_slept_runs_the_latest_missed_due_time_once_and_the_phase_stays()
    {
        await Jobs.Schedule("a", every: 10);
        await AdvanceAsync(10);
        await _host.HibernateAllAsync();
        _host.Clock.Advance(TimeSpan.FromSeconds(37));
        await _host.TickAsync();
        await AdvanceAsync(3);

        Assert.Equal(
            [
                new JobRun(3, "a", At(50), At(50), 1, 0, true, null),
                new JobRun(2, "a", At(40), At(47), 1, 2, true, null),
                new JobRun(1, "a", At(10), At(10), 1, 0, true, null),
            ],
            await Jobs.Runs());
    }

    [Fact]
    public async Task A_recurrence_that_began_long_ago_runs_once_for_its_latest_due_time()
    {
        await Jobs.Schedule("a", at: Start.AddDays(-365), every: 3_600);
        await _host.TickAsync();

        Assert.Equal([new JobRun(1, "a", Start, Start, 1, 365 * 24, true, null)], await Jobs.Runs());
        Assert.Equal(Start.AddHours(1), Assert.Single(await Jobs.List()).Due);
    }

    [Fact]
    public async Task Many_jobs_share_the_one_alarm_and_run_in_order_of_their_times()
    {
        for (int i = 0; i < 50; i++)
        {
            await Jobs.Schedule($"job {i:00}", delaySeconds: 50 - i);
        }
        await Jobs.Schedule("twin", delaySeconds: 25);

        await AdvanceAsync(50);

        Assert.Equal(51, _log.Started.Count);
        Assert.All(_log.Started, run => Assert.Equal(run.Due, run.At));
        Assert.Equal(_log.Started.OrderBy(run => run.Due).ThenBy(run => run.Id, StringComparer.Ordinal), _log.Started);
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task Jobs_survive_hibernation()
    {
        await Jobs.Schedule("a", delaySeconds: 10);
        await Jobs.Schedule("b", every: 4);
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(10);

        Assert.Equal(["b", "b", "a"], _log.Started.Select(run => run.Id));
    }

    [Fact]
    public async Task Scheduling_an_id_again_replaces_its_job()
    {
        await Jobs.Schedule("a", delaySeconds: 10);
        await Jobs.Schedule("a", delaySeconds: 20);
        await AdvanceAsync(20);

        Assert.Equal([("a", At(20), At(20))], _log.Started);
    }

    [Fact]
    public async Task A_cancelled_job_does_not_run_and_cancelling_says_whether_there_was_one()
    {
        await Jobs.Schedule("a", delaySeconds: 10);
        await Jobs.Schedule("b", delaySeconds: 20);

        Assert.True(await Jobs.Cancel("a"));
        Assert.False(await Jobs.Cancel("a"));
        await AdvanceAsync(15);
        Assert.True(await Jobs.Cancel("b"));
        await AdvanceAsync(15);

        Assert.Empty(_log.Started);
        Assert.Empty(await Jobs.Runs());
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task Jobs_are_listed_with_all_that_they_were_given_the_next_one_first()
    {
        JobTarget target = new("counter", "hits", "increment", [Json(2)]);
        await Jobs.Schedule("later", every: 60, payload: Json(new { to = "ada" }), target: target);
        await Jobs.Schedule("sooner", delaySeconds: 1.5m);

        IReadOnlyList<ScheduledJob> jobs = await Jobs.List();

        Assert.Equal(new ScheduledJob("sooner", At(1.5), null, null, null, At(1.5), 0, null), jobs[0]);
        Assert.Equal(("later", At(60), 60m, At(60)), (jobs[1].Id, jobs[1].Due, jobs[1].Every, jobs[1].RunsAt));
        Assert.Equal("ada", jobs[1].Payload!.Value.GetProperty("to").GetString());
        Assert.Equal(("counter", "hits", "increment"), (jobs[1].Target!.Class, jobs[1].Target!.Key, jobs[1].Target!.Method));
        Assert.Equal(2, Assert.Single(jobs[1].Target!.Arguments!).GetInt32());
    }

    [Fact]
    public async Task Over_HTTP_jobs_and_runs_have_these_shapes()
    {
        const string Job =
            "{\"id\":\"a\",\"due\":\"2030-01-01T00:00:05+00:00\",\"every\":null,\"payload\":{\"n\":1},"
            + "\"target\":{\"class\":\"counter\",\"key\":\"hits\",\"method\":\"increment\",\"arguments\":null},"
            + "\"runsAt\":\"2030-01-01T00:00:05+00:00\",\"failures\":0,\"error\":null}";
        const string Run =
            "{\"id\":1,\"job\":\"a\",\"due\":\"2030-01-01T00:00:05+00:00\",\"at\":\"2030-01-01T00:00:05+00:00\","
            + "\"attempt\":1,\"skipped\":0,\"succeeded\":true,\"error\":null}";

        Assert.Equal(Job, await PostAsync(
            "schedule",
            """
            {"id":"a","delaySeconds":5,"payload":{"n":1},"target":{"class":"counter","key":"hits","method":"increment"}}
            """));
        Assert.Equal($"[{Job}]", await PostAsync("list"));
        await AdvanceAsync(5);
        Assert.Equal($"[{Run}]", await PostAsync("runs", """{"limit":1}"""));
        Assert.Equal("false", await PostAsync("cancel", """{"id":"a"}"""));
        await PostAsync("schedule", """{"id":"a","at":"2031-01-01T00:00:00Z"}""");
        Assert.Equal("true", await PostAsync("cancel", """{"id":"a"}"""));
    }

    [Fact]
    public async Task A_run_signals_its_target_once()
    {
        IScheduler plain = _host.Objects.Get<IScheduler>(ObjectAddress.OfName("scheduler", "plain"));
        await plain.Schedule("a", every: 10, target: new JobTarget("counter", "hits", "increment", [Json(5)]));

        await AdvanceAsync(30);
        await _host.DrainAsync();

        Assert.Equal(15, await _host.Objects.Get<ICounter>("hits").Get());
        Assert.Equal(3, (await plain.Runs()).Count(run => run.Succeeded));
    }

    [Fact]
    public async Task A_target_may_be_named_by_id_and_need_no_arguments()
    {
        string key = ObjectAddress.OfName("counter", "hits").Id.ToString();
        await Jobs.Schedule("a", delaySeconds: 1, target: new JobTarget("counter", $"id:{key}", "increment"));

        await AdvanceAsync(1);

        Assert.Equal(1, await _host.Objects.Get<ICounter>("hits").Get());
    }

    [Fact]
    public async Task A_target_that_does_not_exist_fails_the_run_with_an_error_that_says_so()
    {
        await Jobs.Schedule("a", delaySeconds: 1, target: new JobTarget("counter", "hits", "explode"));

        await AdvanceAsync(1);

        JobRun run = Assert.Single(await Jobs.Runs());
        Assert.False(run.Succeeded);
        Assert.Contains("explode", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_run_that_throws_nothing_remains_but_its_failure()
    {
        await Jobs.Schedule("first", delaySeconds: 1);
        await AdvanceAsync(1);
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("fail"), target: new JobTarget("counter", "hits", "increment"));

        TurnOutcome outcome = await StepAtAsync(2);

        Assert.Empty(outcome.Signals);
        Assert.Empty(outcome.SocketEffects);
        Assert.Equal(1, await Jobs.Written());
        Assert.Equal(0, _host.SummaryOf(Address).Outbox);
        const string Error = "InvalidOperationException: as its payload says";
        Assert.Equal(new JobRun(2, "a", At(2), At(2), 1, 0, false, Error), (await Jobs.Runs())[0]);
        ScheduledJob job = Assert.Single(await Jobs.List());
        Assert.Equal((At(2), At(4), 1, Error), (job.Due, job.RunsAt, job.Failures, job.Error));
    }

    [Fact]
    public async Task What_a_run_writes_after_waiting_commits_with_it()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("yield"));

        await AdvanceAsync(1);

        Assert.Equal(11, await Jobs.Written());
    }

    [Fact]
    public async Task A_failing_job_is_tried_again_after_2_4_8_seconds_and_so_on_and_then_dropped()
    {
        await Jobs.Schedule("a", delaySeconds: 0, payload: Json("fail"));

        await AdvanceAsync(1_000);

        Assert.Equal([At(0), At(2), At(6), At(14), At(30), At(62), At(126)], _log.Started.Select(run => run.At));
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], (await Jobs.Runs()).Select(run => run.Attempt));
        Assert.All(await Jobs.Runs(), run => Assert.Equal((At(0), false), (run.Due, run.Succeeded)));
        Assert.Empty(await Jobs.List());
    }

    [Fact]
    public async Task A_retry_that_succeeds_ends_the_failures()
    {
        await Jobs.Schedule("a", every: 600, at: At(0), payload: Json("fail until 00:01:00"));

        await AdvanceAsync(300);

        Assert.Equal([true, false, false, false, false, false], (await Jobs.Runs()).Select(run => run.Succeeded));
        ScheduledJob job = Assert.Single(await Jobs.List());
        Assert.Equal((At(600), At(600), 0, null), (job.Due, job.RunsAt, job.Failures, job.Error));
    }

    [Fact]
    public async Task A_failing_job_does_not_hold_up_the_others()
    {
        await Jobs.Schedule("a bad one", every: 1, payload: Json("fail"));
        await Jobs.Schedule("good", every: 1);

        await AdvanceAsync(60);

        Assert.Equal(Enumerable.Range(1, 60).Select(second => At(second)), Runs("good").Select(run => run.At));
    }

    [Fact]
    public async Task A_recurring_job_that_was_given_up_waits_for_its_next_due_time()
    {
        await Jobs.Schedule("a", at: At(0), every: 1_000, payload: Json("fail"));

        await AdvanceAsync(1_000);

        Assert.Equal([At(0), At(2), At(6), At(14), At(30), At(62), At(126), At(1_000)], _log.Started.Select(run => run.At));
        JobRun last = (await Jobs.Runs())[0];
        Assert.Equal((At(1_000), 1, 0L), (last.Due, last.Attempt, last.Skipped));
    }

    [Fact]
    public async Task A_retry_is_for_the_latest_due_time_if_the_job_recurs_meanwhile()
    {
        await Jobs.Schedule("a", at: At(0), every: 1, payload: Json("fail"));

        await AdvanceAsync(6);

        Assert.Equal(
            [(At(6), At(6), 3, 3L), (At(2), At(2), 2, 1L), (At(0), At(0), 1, 0L)],
            (await Jobs.Runs()).Select(run => (run.Due, run.At, run.Attempt, run.Skipped)));
    }

    [Fact]
    public async Task A_job_that_hangs_fails_at_its_deadline_and_harms_nobody()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("hang"));
        await Jobs.Schedule("b", delaySeconds: 2);

        await AdvanceAsync(1);

        Assert.Equal([("b", true), ("a", false)], (await Jobs.Runs()).Select(run => (run.Job, run.Succeeded)));
        Assert.Contains("Timeout", (await Jobs.Runs())[1].Error, StringComparison.Ordinal);
        Assert.Equal(1, await Jobs.Written());
    }

    [Theory]
    [InlineData("block")]
    [InlineData("lose the transaction")]
    public async Task A_job_that_takes_its_whole_turn_along_is_recorded_at_the_retry_and_given_up_in_the_end(string how)
    {
        await Jobs.Schedule("fine", delaySeconds: 0);
        await AdvanceAsync(0);
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json(how), target: new JobTarget("counter", "hits", "increment"));
        await Jobs.Schedule("good", every: 60);

        await AdvanceAsync(3_600);

        Assert.Equal(60, (await Jobs.Runs()).Count(run => run is { Job: "good", Succeeded: true }) + Skipped(await Jobs.Runs()));
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], (await Jobs.Runs()).Where(run => run.Job == "a").Select(run => run.Attempt));
        Assert.All(
            (await Jobs.Runs()).Where(run => run.Job == "a"),
            run => Assert.Contains("whole turn", run.Error, StringComparison.Ordinal));
        Assert.Equal(["good"], (await Jobs.List()).Select(job => job.Id));
        Assert.Equal(0, await _host.Objects.Get<ICounter>("hits").Get());

        static long Skipped(IEnumerable<JobRun> runs) => runs.Where(run => run.Job == "good").Sum(run => run.Skipped);
    }

    [Fact]
    public async Task A_job_is_not_blamed_for_a_turn_that_a_cancelled_one_took_along()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("block"));
        await Jobs.Schedule("b", delaySeconds: 2);
        await AdvanceAsync(1);
        await Jobs.Cancel("a");

        await AdvanceAsync(60);

        Assert.Equal([("b", 1, true)], (await Jobs.Runs()).Select(run => (run.Job, run.Attempt, run.Succeeded)));
    }

    [Fact]
    public async Task An_earlier_job_moves_the_alarm_and_a_later_one_does_not()
    {
        await Jobs.Schedule("a", delaySeconds: 10);
        Assert.Equal(At(10), _host.SummaryOf(Address).Alarm);
        await Jobs.Schedule("b", delaySeconds: 20);
        Assert.Equal(At(10), _host.SummaryOf(Address).Alarm);
        await Jobs.Schedule("c", delaySeconds: 5);
        Assert.Equal(At(5), _host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task A_handler_may_schedule_its_own_job_anew_or_cancel_it()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("again"));
        await Jobs.Schedule("b", every: 1, payload: Json("cancel"));

        await AdvanceAsync(10);

        Assert.Equal([At(1), At(6)], Runs("a").Select(run => run.At));
        Assert.Equal([At(1)], Runs("b").Select(run => run.At));
        Assert.Empty(await Jobs.List());
    }

    [Fact]
    public async Task An_error_is_cut_to_500_characters_even_within_one()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json("fail with half a character"));

        await AdvanceAsync(1);

        Assert.Equal(500, Assert.Single(await Jobs.Runs()).Error!.Length);
    }

    [Fact]
    public async Task The_log_keeps_the_last_thousand_runs_and_shows_them_newest_first()
    {
        await Jobs.Schedule("a", every: 1);
        await AdvanceAsync(1_005);

        IReadOnlyList<JobRun> all = await Jobs.Runs(Scheduler.MaxRuns);
        Assert.Equal(Enumerable.Range(6, 1_000).Reverse().Select(id => (long)id), all.Select(run => run.Id));
        Assert.Equal([1_005, 1_004], (await Jobs.Runs(2)).Select(run => run.Id));
        Assert.Equal(100, (await Jobs.Runs()).Count);
    }

    [Fact]
    public async Task When_a_job_is_due_must_be_said_in_exactly_one_way()
    {
        await Expect.InvalidArgument(() => Jobs.Schedule("a"), "'at'", "'delaySeconds'", "'every'");
        await Expect.InvalidArgument(() => Jobs.Schedule("a", at: At(1), delaySeconds: 1), "'at'", "'delaySeconds'");
        await Expect.InvalidArgument(() => Jobs.Schedule("a", at: At(1), delaySeconds: 1, every: 1), "'at'", "'delaySeconds'");
    }

    [Theory]
    [InlineData("-0.001", "delaySeconds")]
    [InlineData("0.0001", "delaySeconds")]
    [InlineData("315360000.001", "delaySeconds")]
    [InlineData("79228162514264337593543950335", "delaySeconds")]
    [InlineData("0", "every")]
    [InlineData("0.099", "every")]
    [InlineData("1.0001", "every")]
    [InlineData("315360000.001", "every")]
    public async Task Seconds_outside_their_limits_are_refused(string text, string argument)
    {
        decimal seconds = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        await Expect.InvalidArgument(
            () => argument == "every" ? Jobs.Schedule("a", every: seconds) : Jobs.Schedule("a", delaySeconds: seconds),
            $"'{argument}' is {text}", "315360000");
    }

    [Fact]
    public async Task A_time_more_than_ten_years_ahead_is_refused()
    {
        await Jobs.Schedule("a", at: Start.AddSeconds(Scheduler.MaxSeconds));

        await Expect.InvalidArgument(
            () => Jobs.Schedule("a", at: Start.AddSeconds(Scheduler.MaxSeconds).AddTicks(1)), "'at'", "315360000");
        await Expect.InvalidArgument(() => Jobs.Schedule("a", at: DateTimeOffset.MaxValue), "'at'");
    }

    [Fact]
    public async Task The_earliest_time_there_is_runs_at_once()
    {
        await Jobs.Schedule("a", at: DateTimeOffset.MinValue, every: 0.1m);
        await _host.TickAsync();

        Assert.Equal(At(0.1), Assert.Single(await Jobs.List()).Due);
    }

    [Fact]
    public async Task A_jobs_id_has_1_to_128_characters()
    {
        await Jobs.Schedule(new string('a', 128), delaySeconds: 1);

        await Expect.InvalidArgument(() => Jobs.Schedule(new string('a', 129), delaySeconds: 1), "'id'", "129", "128");
        await Expect.InvalidArgument(() => Jobs.Schedule("", delaySeconds: 1), "'id'");
        await Expect.InvalidArgument(() => Jobs.Cancel(""), "'id'");
    }

    [Fact]
    public async Task Payload_and_target_have_at_most_4096_bytes_together()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Json(new string('p', 4_094)));

        await Expect.InvalidArgument(
            () => Jobs.Schedule("a", delaySeconds: 1, payload: Json(new string('p', 4_095))), "'payload'", "4,097", "4,096");
        await Expect.InvalidArgument(
            () => Jobs.Schedule(
                "a", delaySeconds: 1, payload: Json(new string('p', 4_094)), target: new JobTarget("counter", "a", "get")),
            "'target'", "4,096");
    }

    [Fact]
    public async Task A_payload_is_nested_so_deep_and_no_deeper()
    {
        await Jobs.Schedule("a", delaySeconds: 1, payload: Nested(32));
        await Expect.InvalidArgument(() => Jobs.Schedule("a", delaySeconds: 1, payload: Nested(33)), "'payload'", "32 levels");

        static JsonElement Nested(int levels) =>
            JsonSerializer.Deserialize<JsonElement>(new string('[', levels) + new string(']', levels));
    }

    [Fact]
    public async Task Payload_and_target_that_are_no_valid_Unicode_are_refused()
    {
        await Expect.InvalidArgument(
            () => PostAsync("schedule", """{"id":"a","every":1,"payload":"\ud800"}"""), "'payload'");
        await Expect.InvalidArgument(
            () => PostAsync(
                "schedule",
                """{"id":"a","every":1,"target":{"class":"counter","key":"a","method":"get","arguments":["\ud800"]}}"""),
            "'target'");
    }

    [Fact]
    public async Task A_target_with_a_malformed_key_is_refused()
    {
        await Expect.InvalidArgument(() => Jobs.Schedule("a", delaySeconds: 1, target: new JobTarget("counter", "", "get")));
        await Expect.InvalidArgument(
            () => Jobs.Schedule("a", delaySeconds: 1, target: new JobTarget("counter", "id:12", "get")), "12");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task A_page_of_runs_outside_its_limits_is_refused(int limit) =>
        await Expect.InvalidArgument(() => Jobs.Runs(limit), "'limit'", $"{limit}", "1000");

    [Fact]
    public async Task There_are_at_most_a_thousand_jobs_and_at_their_largest_they_can_all_be_listed()
    {
        const char Costly = '\u0001';
        JsonElement payload = Json(new string(Costly, 682));
        for (int i = 0; i < Scheduler.MaxJobs; i++)
        {
            await Jobs.Schedule($"{i:0000}" + new string(Costly, 124), delaySeconds: 1, payload: payload);
        }

        await Expect.Refusal(409, "too-many-jobs", () => Jobs.Schedule("one more", delaySeconds: 1), "1,000");
        await Jobs.Schedule("0000" + new string(Costly, 124), delaySeconds: 2);
        Assert.Equal(1_000, (await Jobs.List()).Count);
    }

    private static TestHost HostOf(JobLog log) => new(
        [typeof(Scheduler), typeof(Jobs), typeof(Counter)], services => services.AddSingleton(log), clock: log.Clock);

    private static DateTimeOffset At(double seconds) => Start.AddMilliseconds(seconds * 1_000);

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    private IEnumerable<(string Id, DateTimeOffset Due, DateTimeOffset At)> Runs(string id) =>
        _log.Started.Where(run => run.Id == id);

    private Task<IReadOnlyList<Answer>> AdvanceAsync(double seconds) =>
        _host.AdvanceAsync(TimeSpan.FromMilliseconds(seconds * 1_000));

    private Task<string> PostAsync(string method, string arguments = "") => _host.PostAsync("jobs", "nightly", method, arguments);

    private async Task<TurnOutcome> StepAtAsync(double seconds)
    {
        _host.Clock.AdvanceTo(At(seconds));
        return await _host.StepAsync(Address, new ClockTurn());
    }
}
