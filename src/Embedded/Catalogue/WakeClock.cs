using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>
/// Gives objects their clock turns: one timer for all of them, set for the earliest. The times come from durable commits, so a
/// restart loses none. An object's next time is considered when its turn has ended.
/// </summary>
/// <param name="clock">The model's clock.</param>
/// <param name="run">Gives an object a clock turn and ends when its commit is durable.</param>
/// <param name="logger">Told of objects that could not run theirs.</param>
internal sealed class WakeClock(TimeProvider clock, Func<CatalogueEntry, Task> run, ILogger logger) : IDisposable
{
    /// <summary>Clock turns at once: enough to keep the disk busy, few enough that callers get their turns in between.</summary>
    private const int MaxRunning = 128;

    /// <summary>
    /// A timer counts elapsed time, and alarms are set by the wall clock, which may be moved: how late an alarm may be for that.
    /// </summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>When to try again after the host itself could not run a clock turn.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SortedSet<(long Due, ObjectId Id)> _due = [];
    private readonly Dictionary<ObjectId, (long Due, CatalogueEntry Entry)> _entries = [];
    private readonly HashSet<ObjectId> _running = [];
    private ITimer? _timer;
    private long _timerDue = long.MaxValue;
    private bool _isStopped = true;

    /// <summary>Whether no clock turn is under way.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _running.Count == 0;
            }
        }
    }

    public void Start()
    {
        lock (_lock)
        {
            _isStopped = false;
            _timer = clock.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            SetTimer();
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _timer?.Dispose();
            _timer = null;
        }
    }

    public void Dispose() => Stop();

    /// <summary>Takes note of when an object wants its next clock turn.</summary>
    public void Set(CatalogueEntry entry, DateTimeOffset? wakeAt)
    {
        lock (_lock)
        {
            ObjectId id = entry.Address.Id;
            if (_entries.Remove(id, out (long Due, CatalogueEntry Entry) before))
            {
                _due.Remove((before.Due, id));
            }
            if (wakeAt is { } time)
            {
                long due = time.ToUnixTimeMilliseconds();
                _entries[id] = (due, entry);
                if (!_running.Contains(id))
                {
                    _due.Add((due, id));
                }
            }
            SetTimer();
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _timerDue = long.MaxValue;
        }
        Continue();
    }

    private void Continue()
    {
        List<CatalogueEntry> start = [];
        lock (_lock)
        {
            long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            while (!_isStopped && _running.Count < MaxRunning && _due.Count > 0 && _due.Min.Due <= now)
            {
                (long Due, ObjectId Id) first = _due.Min;
                _due.Remove(first);
                _running.Add(first.Id);
                start.Add(_entries[first.Id].Entry);
            }
            SetTimer();
        }
        foreach (CatalogueEntry entry in start)
        {
            _ = RunAsync(entry);
        }
    }

    private async Task RunAsync(CatalogueEntry entry)
    {
        long notBefore = long.MinValue;
        try
        {
            await run(entry);
        }
        catch (Exception error)
        {
            // The host could not run it: stopping, abandoned or broken. The time stands in the object, so it only waits.
            logger.ClockTurnFailed(error, entry.Address);
            notBefore = (clock.GetUtcNow() + RetryAfter).ToUnixTimeMilliseconds();
            // It may have failed in this very call; thousands that do so must not call each other in turn.
            await Task.Yield();
        }
        Ended(entry.Address.Id, notBefore);
        Continue();
    }

    private void Ended(ObjectId id, long notBefore)
    {
        lock (_lock)
        {
            _running.Remove(id);
            // Only what was set here counts: the entry's own summary may be read in between a commit's two steps.
            if (_entries.TryGetValue(id, out (long Due, CatalogueEntry Entry) next))
            {
                next.Due = Math.Max(next.Due, notBefore);
                _entries[id] = next;
                _due.Add((next.Due, id));
            }
        }
    }

    private void SetTimer()
    {
        if (_timer is null || _due.Count == 0 || _running.Count >= MaxRunning || _due.Min.Due >= _timerDue)
        {
            return;
        }
        _timerDue = _due.Min.Due;
        TimeSpan wait = DateTimeOffset.FromUnixTimeMilliseconds(_timerDue) - clock.GetUtcNow();
        wait = wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
