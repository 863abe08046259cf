namespace DurableObjects.DurableEngine.Entities;

/// <summary>
/// How the platform keeps the signals between two entities in order and drops those that came twice: stamps of the sender's clock, each
/// with its predecessor's, good for half an hour. It is part of what a batch checkpoints; so a batch that is repeated stamps its signals
/// anew, and they are not recognised.
/// </summary>
internal sealed class SignalOrder
{
    /// <summary>Ticks within which order is kept. The platform's default: 30 minutes.</summary>
    private static readonly long Window = TimeSpan.FromMinutes(30).Ticks;

    private readonly Dictionary<string, long> _sent = [];
    private readonly Dictionary<string, Received> _received = [];
    private long _horizon;

    /// <summary>Signals that wait for one before them.</summary>
    public int Waiting => _received.Values.Sum(one => one.Waiting.Count);

    public SignalOrder Clone()
    {
        SignalOrder clone = new() { _horizon = _horizon };
        foreach ((string target, long stamp) in _sent)
        {
            clone._sent.Add(target, stamp);
        }
        foreach ((string sender, Received received) in _received)
        {
            clone._received.Add(sender, new Received(received.Last, new SortedDictionary<long, EntitySignal>(received.Waiting)));
        }
        return clone;
    }

    /// <summary>The place of the next signal to an entity.</summary>
    public SignalLabel Label(string target, long ticks)
    {
        long predecessor = _sent.GetValueOrDefault(target);
        if (predecessor < ticks - Window)
        {
            predecessor = 0;
        }
        long stamp = Math.Max(ticks, predecessor + 1);
        _sent[target] = stamp;
        return new SignalLabel(stamp, predecessor);
    }

    /// <summary>The signals that may be run now that this one is here, in order: perhaps none, perhaps others with it.</summary>
    public List<EntitySignal> Receive(EntitySignal signal)
    {
        if (signal.Sender is not { } sender)
        {
            return [signal];
        }
        List<EntitySignal> ready = [];
        if (_horizon < signal.Label.Stamp - Window)
        {
            _horizon = signal.Label.Stamp - Window;
            foreach (Received one in _received.Values)
            {
                one.Last = one.Last < _horizon ? 0 : one.Last;
                Release(one, ready);
            }
        }
        if (signal.Label.Stamp < _horizon)
        {
            return [.. ready, signal];
        }
        if (!_received.TryGetValue(sender, out Received? received))
        {
            _received.Add(sender, received = new Received(0, []));
        }
        if (signal.Label.Stamp <= received.Last)
        {
            return ready;
        }
        received.Waiting[signal.Label.Stamp] = signal;
        Release(received, ready);
        return ready;
    }

    private void Release(Received received, List<EntitySignal> ready)
    {
        while (received.Waiting.Count > 0)
        {
            (long stamp, EntitySignal first) = received.Waiting.First();
            if (first.Label.Predecessor > received.Last && first.Label.Predecessor >= _horizon)
            {
                return;
            }
            received.Waiting.Remove(stamp);
            received.Last = stamp;
            ready.Add(first);
        }
    }

    private sealed class Received(long last, SortedDictionary<long, EntitySignal> waiting)
    {
        public long Last { get; set; } = last;

        public SortedDictionary<long, EntitySignal> Waiting { get; } = waiting;
    }
}
