namespace DurableObjects.Turns;

/// <summary>
/// Runs an instance's code on the thread pool, one piece at a time. Whatever a handler awaits comes back here, so an object
/// needs no locks even where it runs several tasks of its own at once.
/// </summary>
internal sealed class TurnSynchronizationContext : SynchronizationContext, IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _work = new();
    private bool _isRunning;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            _work.Enqueue((d, state));
            if (_isRunning)
            {
                return;
            }
            _isRunning = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Blocking until an object's turn has time would deadlock it.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    void IThreadPoolWorkItem.Execute()
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            while (TryNext(out SendOrPostCallback? callback, out object? state))
            {
                callback(state);
            }
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private bool TryNext(out SendOrPostCallback callback, out object? state)
    {
        lock (_lock)
        {
            if (_work.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                (callback, state) = next;
                return true;
            }
            _isRunning = false;
            (callback, state) = (null!, null);
            return false;
        }
    }
}
