namespace DurableObjects.Workflows;

/// <summary>
/// Runs a workflow's code in the thread that feeds it, and only while it is fed: what follows from an awaited step runs where the step is
/// given its outcome, for there is no synchronization context that it would go back to, with <c>ConfigureAwait(false)</c> or without.
/// What comes from another thread, since the code awaits something that is not of its context, is told from that by the thread.
/// </summary>
internal sealed class CodeThread
{
    private int _thread;

    /// <summary>Whether the caller is the code that is being fed.</summary>
    public bool IsHere => Environment.CurrentManagedThreadId == Volatile.Read(ref _thread);

    /// <summary>Runs something, and all that follows from it.</summary>
    public void Run(Action action)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
        try
        {
            // What the code does in later turns is not of this one.
            using (ExecutionContext.SuppressFlow())
            {
                // As a task of the default scheduler: within a host's own, what follows from a step would go to the thread pool.
                Task run = new(action);
                run.RunSynchronously(TaskScheduler.Default);
                run.GetAwaiter().GetResult();
            }
        }
        finally
        {
            Volatile.Write(ref _thread, 0);
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
