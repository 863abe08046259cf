namespace DurableObjects.Embedded.Objects;

/// <summary>What became of a post.</summary>
internal enum Posted
{
    /// <summary>It is in the queue.</summary>
    Accepted,

    /// <summary>The queue is full.</summary>
    Full,

    /// <summary>Too many bytes wait for the object.</summary>
    ObjectIsFull,

    /// <summary>Too many bytes wait in the host.</summary>
    HostIsFull,

    /// <summary>The mailbox was closed: post to its successor.</summary>
    Closed,
}

/// <summary>A bounded queue whose items are handled one at a time, in order. Handling starts on the thread that posts first.</summary>
/// <param name="capacity">Items that may wait.</param>
/// <param name="handle">Handles an item. Must not throw: whoever waits for the item is to be told.</param>
internal sealed class Mailbox<T>(int capacity, Func<T, ValueTask> handle)
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _items = new();
    private bool _isHandling;
    private bool _isClosed;

    /// <summary>Whether nothing waits and nothing is being handled.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return !_isHandling && _items.Count == 0;
            }
        }
    }

    /// <summary>Whether something waits, beside what is being handled.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_lock)
            {
                return _items.Count > 0;
            }
        }
    }

    /// <summary>Puts an item at the end. What the host itself needs done is accepted beyond the capacity.</summary>
    public Posted Post(T item, bool isBounded)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return Posted.Closed;
            }
            if (isBounded && _items.Count >= capacity)
            {
                return Posted.Full;
            }
            _items.Enqueue(item);
            if (_isHandling)
            {
                return Posted.Accepted;
            }
            _isHandling = true;
        }
        _ = HandleAsync();
        return Posted.Accepted;
    }

    /// <summary>Closes the mailbox if nothing waits in it; from within the handling of its last item, too.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            if (_items.Count > 0)
            {
                return false;
            }
            _isClosed = true;
            return true;
        }
    }

    private async Task HandleAsync()
    {
        while (true)
        {
            T item;
            lock (_lock)
            {
                if (!_items.TryDequeue(out T? next))
                {
                    _isHandling = false;
                    return;
                }
                item = next;
            }
            await handle(item);
        }
    }
}
