using DurableObjects.Turns;

namespace DurableObjects.Embedded.Signals;

/// <summary>Signals from one object to another that have not arrived yet, in order.</summary>
internal sealed class SignalStream
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Signal> _waiting = new();
    private bool _isRunning;
    private bool _hasEnded;

    /// <summary>Adds a signal. False if the stream has ended; whether the caller must set it running.</summary>
    public bool TryAdd(Signal signal, out bool mustRun)
    {
        lock (_lock)
        {
            mustRun = !_isRunning && !_hasEnded;
            if (_hasEnded)
            {
                return false;
            }
            _waiting.AddLast(signal);
            _isRunning = true;
            return true;
        }
    }

    public List<Signal> Peek(int most)
    {
        lock (_lock)
        {
            return [.. _waiting.Take(most)];
        }
    }

    public void Remove(int count)
    {
        lock (_lock)
        {
            for (; count > 0; count--)
            {
                _waiting.RemoveFirst();
            }
        }
    }

    /// <summary>Ends the stream if nothing waits in it.</summary>
    public bool TryEnd()
    {
        lock (_lock)
        {
            return _hasEnded = _waiting.Count == 0;
        }
    }
}
