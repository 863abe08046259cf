namespace DurableObjects.Embedded.Objects;

/// <summary>
/// Holds back what leaves an object until every commit that it could have seen is durable (promise 3). What is held is released
/// in the order in which it came.
/// </summary>
/// <param name="durable">The number of the newest durable commit.</param>
internal sealed class OutputGate(long durable) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<Held> _held = new();
    private long _durable = durable;
    private long _failedFrom = long.MaxValue;
    private Exception? _failure;
    private bool _isReleasing;

    /// <summary>What the journal's recoveries were at a moment when none of the object's commits had failed.</summary>
    public long Recoveries { get; set; }

    /// <summary>Whether nothing is held.</summary>
    public bool IsClear
    {
        get
        {
            lock (_lock)
            {
                return _held.Count == 0 && !_isReleasing;
            }
        }
    }

    /// <summary>Whether a commit did not become durable.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    /// <summary>Lets something out once a commit is durable; at once if it is and nothing is before it.</summary>
    /// <param name="commit">The newest commit that it could have seen.</param>
    /// <param name="release">Called with null, or with why the commit failed. Must not throw.</param>
    public void Release(long commit, Action<Exception?> release)
    {
        Exception? failure;
        lock (_lock)
        {
            if (_isReleasing || _held.Count > 0 || (commit > _durable && commit < _failedFrom))
            {
                _held.Enqueue(new Held(commit, release));
                return;
            }
            failure = commit <= _durable ? null : _failure;
        }
        release(failure);
    }

    /// <summary>Ends when a commit is durable or has failed.</summary>
    public Task SettledAsync(long commit)
    {
        TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Release(commit, _ => settled.TrySetResult());
        return settled.Task;
    }

    /// <summary>A commit has become durable. Called in order; returns at once.</summary>
    public void Durable(long commit)
    {
        lock (_lock)
        {
            _durable = commit;
            if (!StartReleasing())
            {
                return;
            }
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>A commit will not become durable, and none after it; those before it still may.</summary>
    public void Failed(long commit, Exception error)
    {
        lock (_lock)
        {
            _failure ??= error;
            _failedFrom = Math.Min(_failedFrom, commit);
            if (!StartReleasing())
            {
                return;
            }
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Releases what may go, on the thread pool: the journal's thread has the next batch to write.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            Held next;
            Exception? failure;
            lock (_lock)
            {
                if (!CanRelease())
                {
                    _isReleasing = false;
                    return;
                }
                next = _held.Dequeue();
                failure = next.Commit <= _durable ? null : _failure;
            }
            next.Release(failure);
        }
    }

    private bool StartReleasing()
    {
        if (_isReleasing || !CanRelease())
        {
            return false;
        }
        _isReleasing = true;
        return true;
    }

    private bool CanRelease() => _held.TryPeek(out Held first) && (first.Commit <= _durable || first.Commit >= _failedFrom);

    private readonly record struct Held(long Commit, Action<Exception?> Release);
}
