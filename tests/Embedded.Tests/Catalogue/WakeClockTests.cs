using System.Collections.Concurrent;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests.Catalogue;

public sealed class WakeClockTests : IDisposable
{
    private readonly CountingClock _clock = new();
    private readonly ConcurrentQueue<(string Name, TimeSpan At)> _rung = new();
    private readonly WakeClock _wakeClock;
    private Func<CatalogueEntry, Task> _handler;

    public WakeClockTests()
    {
        _handler = Clear;
        _wakeClock = new WakeClock(_clock, entry =>
        {
            _rung.Enqueue((entry.Address.Name!, _clock.Now));
            return _handler(entry);
        }, NullLogger.Instance);
    }

    public void Dispose() => _wakeClock.Dispose();

    [Fact]
    public void The_earliest_rings_first_each_at_its_time()
    {
        Set("late", 30);
        Set("early", 10);
        _wakeClock.Start();
        Set("between", 20);

        _clock.Fake.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Empty(_rung);
        _clock.Fake.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([("early", Seconds(10)), ("between", Seconds(20)), ("late", Seconds(30))], _rung);
    }

    [Fact]
    public void One_that_is_months_away_rings_at_its_time_and_not_when_the_timer_must_be_set_anew()
    {
        _wakeClock.Start();
        Set("far", TimeSpan.FromDays(100).TotalSeconds);

        _clock.Fake.Advance(TimeSpan.FromDays(100) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_rung);
        _clock.Fake.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([("far", TimeSpan.FromDays(100))], _rung);
    }

    [Fact]
    public void A_time_moves_earlier_later_and_away()
    {
        _wakeClock.Start();
        CatalogueEntry earlier = Set("earlier", 100);
        CatalogueEntry later = Set("later", 10);
        CatalogueEntry removed = Set("removed", 5);

        Set(earlier, 20);
        Set(later, 30);
        _wakeClock.Set(removed, null);
        _clock.Fake.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal([("earlier", Seconds(20)), ("later", Seconds(30))], _rung);
    }

    [Fact]
    public void What_is_overdue_at_the_start_rings_at_once_and_nothing_before_the_start_or_after_the_stop()
    {
        Set("overdue", -10);
        Set("stopped", 10);
        _clock.Fake.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_rung);

        _wakeClock.Start();
        _clock.Fake.Advance(TimeSpan.Zero);
        _wakeClock.Stop();
        _clock.Fake.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([("overdue", Seconds(1))], _rung);
    }

    [Fact]
    public void A_thousand_share_one_timer()
    {
        _wakeClock.Start();
        for (int i = 0; i < 1_000; i++)
        {
            Set($"{i}", 1_000 - i);
        }

        _clock.Fake.Advance(TimeSpan.FromSeconds(2_000));

        Assert.Equal(1_000, _rung.Count);
        Assert.Equal(1, _clock.Timers);
    }

    [Fact]
    public async Task Of_many_at_the_same_time_at_most_128_run_at_once_and_all_get_their_turn()
    {
        ConcurrentQueue<TaskCompletionSource> running = new();
        _handler = entry =>
        {
            TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            running.Enqueue(turn);
            _wakeClock.Set(entry, null);
            return turn.Task;
        };
        _wakeClock.Start();
        for (int i = 0; i < 1_000; i++)
        {
            Set($"{i}", 10);
        }

        _clock.Fake.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(128, running.Count);
        for (int ended = 1; running.TryDequeue(out TaskCompletionSource? turn); ended++)
        {
            int expected = Math.Min(1_000, 128 + ended);
            turn.SetResult();
            await TestBed.UntilAsync(() => _rung.Count == expected);
        }

        Assert.Equal(1_000, _rung.Select(one => one.Name).Distinct().Count());
    }

    [Fact]
    public async Task One_whose_turn_fails_is_tried_again_after_a_second()
    {
        int failures = 3;
        _handler = entry => failures-- > 0 ? throw new InvalidOperationException("broken") : Clear(entry);
        _wakeClock.Start();
        Set("a", 10);

        for (int i = 1; i <= 4; i++)
        {
            int expected = i;
            await TestBed.UntilAsync(() =>
            {
                _clock.Fake.Advance(i == 1 ? TimeSpan.FromSeconds(10) - _clock.Now : TimeSpan.FromMilliseconds(100));
                return _rung.Count >= expected;
            });
        }
        _clock.Fake.Advance(TimeSpan.FromMinutes(1));

        List<TimeSpan> times = [.. _rung.Select(one => one.At)];
        Assert.Equal(4, times.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Thousands_that_fail_at_once_do_not_exhaust_the_stack()
    {
        _handler = _ => throw new InvalidOperationException("broken");
        _wakeClock.Start();
        for (int i = 0; i < 20_000; i++)
        {
            Set($"{i}", 10);
        }

        _clock.Fake.Advance(TimeSpan.FromSeconds(10));
        await TestBed.UntilAsync(() => _rung.Count == 20_000);
    }

    [Fact]
    public async Task A_time_that_is_set_while_the_turn_ends_is_not_lost()
    {
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler = _ => turn.Task;
        _wakeClock.Start();
        CatalogueEntry entry = Set("a", 10);
        _clock.Fake.Advance(TimeSpan.FromSeconds(10));
        _handler = Clear;

        // A commit tells the clock of the time a moment apart from when the entry shows it: the entry still shows none.
        Set(entry, 20);
        Assert.Null(entry.Summary.WakeAt);
        turn.SetResult();
        await TestBed.UntilAsync(() =>
        {
            _clock.Fake.Advance(TimeSpan.FromSeconds(1));
            return _rung.Count == 2;
        });

        Assert.True(_rung.Last().At >= Seconds(20));
    }

    [Fact]
    public async Task An_object_gets_one_clock_turn_at_a_time()
    {
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _handler = _ => turn.Task;
        _wakeClock.Start();
        CatalogueEntry entry = Set("a", 10);
        _clock.Fake.Advance(TimeSpan.FromSeconds(10));

        Set(entry, 11);
        _clock.Fake.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(_rung);
        _handler = Clear;
        turn.SetResult();
        await TestBed.UntilAsync(() => _rung.Count == 2);
    }

    private Task Clear(CatalogueEntry entry)
    {
        _wakeClock.Set(entry, null);
        return Task.CompletedTask;
    }

    private CatalogueEntry Set(string name, double seconds) => Set(new CatalogueEntry(TestBed.Address(name)), seconds);

    private CatalogueEntry Set(CatalogueEntry entry, double seconds)
    {
        _wakeClock.Set(entry, FakeClock.DefaultStart + TimeSpan.FromSeconds(seconds));
        return entry;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class CountingClock : TimeProvider
    {
        public FakeClock Fake { get; } = new();

        public int Timers { get; private set; }

        public TimeSpan Now => Fake.GetUtcNow() - FakeClock.DefaultStart;

        public override DateTimeOffset GetUtcNow() => Fake.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return Fake.CreateTimer(callback, state, dueTime, period);
        }
    }
}
