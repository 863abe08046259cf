using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class AlarmTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();
    private readonly List<(double Seconds, AlarmInfo Alarm)> _rung = [];
    private readonly DateTimeOffset _start;

    public AlarmTests()
    {
        _start = _host.Clock.GetUtcNow();
        _host.Script.OnAlarm = (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            return Task.CompletedTask;
        };
    }

    private double Elapsed => (_host.Clock.GetUtcNow() - _start).TotalSeconds;

    [Fact]
    public async Task An_alarm_rings_once_at_its_time_and_is_cleared_before_its_handler_runs()
    {
        _host.Script.OnAlarm = (one, alarm) =>
        {
            Assert.Null(one.Storage.GetAlarm());
            Assert.Equal(Caller.Anonymous, one.Context.Caller);
            _rung.Add((Elapsed, alarm));
            return Task.CompletedTask;
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(10)));
        Assert.Equal(_start.AddSeconds(10), _host.Summary.Alarm);
        await _host.Host.HibernateAllAsync(rebuild: true);
        await _host.Host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal([(10d, new AlarmInfo(_start.AddSeconds(10), 0))], _rung);
        Assert.Null(_host.Summary.Alarm);
    }

    [Fact]
    public async Task An_alarm_never_rings_early_however_often_the_host_asks_and_not_for_part_of_a_millisecond()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(_start.AddSeconds(1).AddTicks(1)));
        Assert.Equal(_start.AddMilliseconds(1_001), _host.Summary.Alarm);
        foreach (TimeSpan step in (TimeSpan[])[TimeSpan.FromMilliseconds(999), TimeSpan.FromMilliseconds(1)])
        {
            _host.Clock.Advance(step);
            TurnOutcome outcome = await _host.Host.StepAsync(_host.One, new ClockTurn());
            Assert.Null(outcome.Commit);
        }
        Assert.Empty(_rung);
        await _host.Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Single(_rung);
    }

    [Fact]
    public async Task An_alarm_in_the_past_rings_at_once()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(_start.AddDays(-1)));
        await _host.Host.TickAsync();
        Assert.Equal([(0d, new AlarmInfo(_start.AddDays(-1), 0))], _rung);
    }

    [Fact]
    public async Task A_later_setting_replaces_the_one_before_and_deleting_ends_it()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(5)));
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(9)));
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(8));
        Assert.Empty(_rung);
        await _host.DoAsync(one => one.Storage.DeleteAlarm());
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(8));
        Assert.Empty(_rung);

        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(1)));
        await _host.DoAsync(one => one.Storage.DeleteAll());
        await _host.Host.AdvanceAsync(TimeSpan.FromSeconds(8));
        Assert.Empty(_rung);
    }

    [Fact]
    public async Task A_failing_handler_is_retried_after_2_4_8_16_32_and_64_seconds_and_then_dropped_with_its_error_shown()
    {
        _host.Script.OnAlarm = (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            one.Storage.Put("left", 1);
            throw new FormatException("still broken");
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.Zero));
        IReadOnlyList<Answer> answers = await _host.Host.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.All(answers, answer => Assert.Equal(ErrorCodes.HandlerFailed, answer.Error!.Code));
        Assert.Equal([0d, 2, 6, 14, 30, 62, 126], _rung.Select(ring => ring.Seconds));
        Assert.Equal(Enumerable.Range(0, 7).Select(retry => new AlarmInfo(_start, retry)), _rung.Select(ring => ring.Alarm));
        Assert.Null(_host.Summary.Alarm);
        Assert.Null(_host.Summary.WakeAt);
        Assert.Contains("still broken", (await _host.InspectAsync()).AlarmError, StringComparison.Ordinal);
        Assert.Equal(0, await _host.GetAsync(one => one.Storage.Get("left", 0)));
    }

    [Fact]
    public async Task A_retry_that_succeeds_ends_the_retries()
    {
        _host.Script.OnAlarm = (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            return alarm.RetryCount < 2 ? throw new FormatException() : Task.CompletedTask;
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.Zero));
        await _host.Host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal([0d, 2, 6], _rung.Select(ring => ring.Seconds));
        Assert.Null((await _host.InspectAsync()).AlarmError);
    }

    [Fact]
    public async Task An_alarm_set_anew_within_its_handler_starts_afresh()
    {
        _host.Script.OnAlarm = (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            if (_rung.Count < 4)
            {
                one.Storage.SetAlarm(TimeSpan.FromSeconds(10));
                Assert.NotNull(one.Storage.GetAlarm());
            }
            return _rung.Count == 2 ? throw new FormatException() : Task.CompletedTask;
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.Zero));
        await _host.Host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal([(0d, 0), (10, 0), (12, 1), (22, 0)], _rung.Select(ring => (ring.Seconds, ring.Alarm.RetryCount)));
    }

    [Fact]
    public async Task An_alarm_set_by_another_turn_between_retries_takes_their_place()
    {
        _host.Script.OnAlarm = (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            return _rung.Count == 1 ? throw new FormatException() : Task.CompletedTask;
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.Zero));
        await _host.Host.TickAsync();
        Assert.Equal(_start.AddSeconds(2), await _host.GetAsync(one => one.Storage.GetAlarm()));
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(100)));
        await _host.Host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal([(0d, 0), (100, 0)], _rung.Select(ring => (ring.Seconds, ring.Alarm.RetryCount)));
    }

    [Fact]
    public async Task An_abandoned_alarm_counts_as_failed()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Script.OnAlarm = async (one, alarm) =>
        {
            _rung.Add((Elapsed, alarm));
            if (_rung.Count == 1)
            {
                entered.SetResult();
                await new TaskCompletionSource().Task;
            }
        };
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.Zero));
        Task<IReadOnlyList<Answer>> tick = _host.Host.TickAsync();
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        Assert.Equal(ErrorCodes.DeadlineExceeded, Assert.Single(await tick).Error!.Code);

        await _host.Host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal([(0d, 0), (32, 1)], _rung.Select(ring => (ring.Seconds, ring.Alarm.RetryCount)));
    }

    [Fact]
    public async Task A_class_without_a_handler_for_alarms_says_so()
    {
        await using Harness.TestHost host = Harness.TestHost.Of(typeof(Deaf));
        await host.CallAsync<object>(host.Address<Deaf>("one"), "set");
        Answer answer = (await host.TickAsync())[0];
        Assert.Equal(ErrorCodes.InvalidUse, answer.Error!.Code);
        Assert.Contains("OnAlarm", answer.Error.Detail, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [DurableObject("deaf")]
    public sealed class Deaf(ObjectContext context) : DurableObject(context)
    {
        public void Set() => Storage.SetAlarm(TimeSpan.Zero);
    }
}
