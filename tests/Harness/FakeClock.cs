namespace DurableObjects.Harness;

/// <summary>
/// A clock that stands still until a test moves it. Its timers fire within <see cref="Advance"/>, in order of time.
/// </summary>
public sealed class FakeClock : TimeProvider
{
    /// <summary>When a clock starts unless told otherwise: an arbitrary moment of an even second.</summary>
    public static readonly DateTimeOffset DefaultStart = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _now;

    /// <summary>A clock that stands at a moment.</summary>
    public FakeClock(DateTimeOffset? start = null) => _now = start ?? DefaultStart;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        FakeTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward; timers that come due on the way fire on this thread, each at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target = GetUtcNow() + by;
        while (Next(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves the clock forward to a moment; not at all if that has passed.</summary>
    public void AdvanceTo(DateTimeOffset at)
    {
        DateTimeOffset now = GetUtcNow();
        Advance(at > now ? at - now : TimeSpan.Zero);
    }

    private FakeTimer? Next(DateTimeOffset target)
    {
        lock (_lock)
        {
            FakeTimer? next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            DateTimeOffset at = next?.Due ?? target;
            _now = at > _now ? at : _now;
            next?.Rearm();
            return next;
        }
    }

    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                Due = dueTime < TimeSpan.Zero ? null : clock._now + dueTime;
                _period = period;
                if (Due is not null)
                {
                    clock._timers.Add(this);
                }
                return true;
            }
        }

        /// <summary>Sets the next time before the callback, which may set another.</summary>
        public void Rearm()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : null;
            if (Due is null)
            {
                clock._timers.Remove(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
