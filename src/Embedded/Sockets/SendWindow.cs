namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// Bounds the bytes that are being written to clients at the same time. SignalR copies a message for each connection before it
/// waits for the client to take it, so a large message to ten thousand clients must go to some of them after the others.
/// </summary>
/// <param name="bytes">Bytes that may be under way at once; a larger message goes alone.</param>
internal sealed class SendWindow(long bytes)
{
    private readonly Lock _lock = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Entered)> _waiting = new();
    private long _underWay;

    /// <summary>Ends when there is room, in the order of the calls.</summary>
    public Task EnterAsync(long size)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 && HasRoom(size))
            {
                _underWay += size;
                return Task.CompletedTask;
            }
            TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((size, entered));
            return entered.Task;
        }
    }

    /// <summary>To be called once what was entered with is written, or given up.</summary>
    public void Leave(long size)
    {
        lock (_lock)
        {
            _underWay -= size;
            while (_waiting.TryPeek(out (long Bytes, TaskCompletionSource Entered) next) && HasRoom(next.Bytes))
            {
                _waiting.Dequeue();
                _underWay += next.Bytes;
                next.Entered.SetResult();
            }
        }
    }

    private bool HasRoom(long size) => _underWay == 0 || _underWay + size <= bytes;
}
