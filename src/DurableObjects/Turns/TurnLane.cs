using System.Diagnostics;

namespace DurableObjects.Turns;

/// <summary>
/// Runs the turns of one instance, one after the other, each within its deadline. A turn past it is abandoned: its context is
/// revoked, running SQL is interrupted, the caller gets the error, and the lane is broken for good, since code that nobody can
/// stop may still be running on the instance.
/// </summary>
internal sealed class TurnLane(TurnGuard guard, TimeProvider clock, TimeSpan deadline, Action interrupt, Action abandoned)
    : IDisposable
{
    private readonly TurnSynchronizationContext _context = new();
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _timerIsSet;
    private Running? _running;

    /// <summary>Whether a turn was abandoned.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>
    /// Runs a turn. The body must call <see cref="TurnScope.Claim"/> before it makes anything final; from then on it can no
    /// longer be abandoned.
    /// </summary>
    public Task<T> RunAsync<T>(TurnScope scope, Func<TurnScope, ValueTask<T>> body)
    {
        Running<T> running = new(this, scope, body);
        lock (_lock)
        {
            if (_running is not null)
            {
                throw new InvalidOperationException("A turn is running; an object runs one at a time.");
            }
            ObjectDisposedException.ThrowIf(IsBroken, this);
            _running = running;
            running.Started = clock.GetTimestamp();
            if (!_timerIsSet)
            {
                SetTimer(deadline);
            }
        }
        _context.Post(static state => ((Running<T>)state!).Start(), running);
        return running.Task;
    }

    /// <summary>Abandons the running turn, if there is one, as when a host must stop at once.</summary>
    public void Abandon(DurableObjectException reason)
    {
        Running? running;
        lock (_lock)
        {
            running = _running;
        }
        if (running is not null)
        {
            Abandon(running, reason);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void SetTimer(TimeSpan due)
    {
        // One timer for all turns, left to fire on its own: setting one per turn would cost more than many a turn does.
        _timer ??= clock.CreateTimer(
            static state => ((TurnLane)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
        _timerIsSet = true;
    }

    private void OnTimer()
    {
        Running? late = null;
        lock (_lock)
        {
            _timerIsSet = false;
            if (_timer is null || _running is null)
            {
                return;
            }
            TimeSpan left = deadline - clock.GetElapsedTime(_running.Started);
            if (left > TimeSpan.Zero)
            {
                SetTimer(left);
                return;
            }
            late = _running;
        }
        Abandon(late, new DurableObjectException(
            504, ErrorCodes.DeadlineExceeded, $"The turn did not end within {deadline.TotalSeconds:0.###} s and was abandoned.")
        { Retryable = true });
    }

    private void Abandon(Running running, DurableObjectException reason)
    {
        if (!running.Scope.TryAbandon())
        {
            return;
        }
        IsBroken = true;
        guard.Revoke(reason, interrupt);
        abandoned();
        running.Scope.Cancel();
        running.Fail(reason);
    }

    private void Begin(TurnScope scope)
    {
        guard.Begin(scope);
        if (scope.Activity is not null)
        {
            Activity.Current = scope.Activity;
        }
    }

    private void Ended()
    {
        guard.End();
        lock (_lock)
        {
            _running = null;
        }
    }

    private abstract class Running(TurnScope scope)
    {
        public TurnScope Scope { get; } = scope;

        public long Started { get; set; }

        public abstract void Fail(DurableObjectException reason);
    }

    private sealed class Running<T>(TurnLane lane, TurnScope scope, Func<TurnScope, ValueTask<T>> body) : Running(scope)
    {
        // The awaiter goes on in this very thread: for a host that is the next turn, with no hop in between.
        private readonly TaskCompletionSource<T> _completion = new();

        public Task<T> Task => _completion.Task;

        public override void Fail(DurableObjectException reason) => _completion.TrySetException(reason);

        public void Start() => _ = RunAsync();

        private async Task RunAsync()
        {
            T result;
            lane.Begin(Scope);
            try
            {
                result = await body(Scope);
            }
            catch (Exception error)
            {
                if (!Scope.IsAbandoned)
                {
                    Complete(completion => completion.TrySetException(error));
                }
                return;
            }
            if (!Scope.IsAbandoned)
            {
                Complete(completion => completion.TrySetResult(result));
            }
        }

        private void Complete(Action<TaskCompletionSource<T>> complete)
        {
            lane.Ended();
            // Under a synchronization context of ours the awaiter would be sent through the thread pool instead.
            SynchronizationContext? own = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            try
            {
                complete(_completion);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(own);
            }
        }
    }
}
