namespace DurableObjects.Workflows;

/// <summary>
/// Runs a workflow's code: one piece after the other, in the thread that feeds it, and only while it is fed. What comes from elsewhere,
/// since the code awaits something that is not of its context, is noted and not run.
/// </summary>
internal sealed class CodePump : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private int _thread;

    /// <summary>Whether something came from outside.</summary>
    public bool WasDisturbed { get; private set; }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != Volatile.Read(ref _thread))
        {
            WasDisturbed = true;
            return;
        }
        _queue.Enqueue((d, state));
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("A workflow's code has one thread, which cannot wait for itself.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs something, and all that follows from it.</summary>
    public void Run(Action first)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        try
        {
            first();
            while (_queue.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }
        finally
        {
            Volatile.Write(ref _thread, 0);
            SetSynchronizationContext(before);
        }
    }
}
