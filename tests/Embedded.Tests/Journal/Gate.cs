namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>Holds a thread until it is opened. Disposal opens it, so that a failed test does not hang in its clean-up.</summary>
internal sealed class Gate : IDisposable
{
    private readonly object _lock = new();
    private bool _open;

    public void Pass()
    {
        lock (_lock)
        {
            while (!_open)
                Monitor.Wait(_lock);
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _open = true;
            Monitor.PulseAll(_lock);
        }
    }

    public void Dispose() => Open();
}
