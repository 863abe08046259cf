namespace DurableObjects.Functions.Workflows;

/// <summary>
/// Drops what has come before, and brings what an object has sent into the order in which it sent. The platform delivers at least once,
/// and may, after a worker has died, deliver what was sent first some minutes behind what was sent later.
/// </summary>
internal sealed class EventOrder
{
    /// <summary>Ids that are remembered: duplicates follow within minutes.</summary>
    private const int MaxIds = 256;

    /// <summary>Streams that are remembered.</summary>
    private const int MaxStreams = 256;

    /// <summary>Numbers of a stream that are waited for at most.</summary>
    private const int MaxMissing = 64;

    /// <summary>
    /// How long something is held back for what is missing before it. What a dead worker has taken from its queue comes back after five
    /// minutes (<c>controlQueueVisibilityTimeout</c> in host.json).
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private readonly List<string> _ids;
    private readonly List<Stream> _streams;

    public EventOrder(SeenEvents? seen)
    {
        _ids = [.. seen?.Ids ?? []];
        _streams = [.. (seen?.Streams ?? []).Select(one => new Stream(one.Sender, one.Epoch, one.Next, one.Missing))];
    }

    /// <summary>Whether something is held back.</summary>
    public bool HoldsBack => _streams.Any(one => one.Held.Count > 0);

    /// <summary>What has come.</summary>
    public SeenEvents Seen => new(
        [.. _ids], [.. _streams.Select(one => new SeenStream(one.Sender, one.Epoch, one.Next, [.. one.Missing]))]);

    /// <summary>Takes what comes; what is to be given on now, in order.</summary>
    public IReadOnlyList<WorkflowEvent> Receive(WorkflowEvent one)
    {
        if (one.From is { } place)
        {
            return Receive(one, place);
        }
        if (one.Id is not { } id)
        {
            return [one];
        }
        if (_ids.Contains(id))
        {
            return [];
        }
        _ids.Add(id);
        Trim(_ids, MaxIds);
        return [one];
    }

    /// <summary>Gives up waiting for what is missing; what was held back for it.</summary>
    public IReadOnlyList<WorkflowEvent> Release()
    {
        List<WorkflowEvent> released = [];
        foreach (Stream stream in _streams)
        {
            released.AddRange(stream.Release());
        }
        return released;
    }

    private List<WorkflowEvent> Receive(WorkflowEvent one, SenderPlace place)
    {
        Stream? stream = _streams.Find(known => known.Sender == place.Sender);
        if (stream is not null && place.Epoch < stream.Epoch)
        {
            return [];
        }
        List<WorkflowEvent> result = [];
        if (stream is null || place.Epoch > stream.Epoch)
        {
            result.AddRange(stream?.Release() ?? []);
            _streams.Remove(stream!);
            // What the sender does not hold any more is on its way, or went to another workflow of this id.
            long oldest = Math.Max(1, place.Oldest - MaxMissing);
            stream = new Stream(place.Sender, place.Epoch, place.Oldest, [.. Range(oldest, place.Oldest)]);
        }
        // The one that was heard of last stands last.
        _streams.Remove(stream);
        _streams.Add(stream);
        if (_streams.Count > MaxStreams)
        {
            result.AddRange(_streams[0].Release());
            _streams.RemoveAt(0);
        }
        result.AddRange(stream.Receive(one, place.Number));
        return result;
    }

    private static IEnumerable<long> Range(long from, long to)
    {
        for (long number = from; number < to; number++)
        {
            yield return number;
        }
    }

    private static void Trim<T>(List<T> list, int count)
    {
        if (list.Count > count)
        {
            list.RemoveRange(0, list.Count - count);
        }
    }

    private sealed class Stream(string sender, long epoch, long next, IEnumerable<long> missing)
    {
        public string Sender { get; } = sender;

        public long Epoch { get; } = epoch;

        public long Next { get; private set; } = next;

        /// <summary>Numbers that were not waited for any longer. They are taken if they come after all.</summary>
        public List<long> Missing { get; } = [.. missing];

        public SortedDictionary<long, WorkflowEvent> Held { get; } = [];

        public List<WorkflowEvent> Receive(WorkflowEvent one, long number)
        {
            if (number < Next)
            {
                return Missing.Remove(number) ? [one] : [];
            }
            Held.TryAdd(number, one);
            return TakeNext();
        }

        public List<WorkflowEvent> Release()
        {
            List<WorkflowEvent> released = [];
            while (Held.Count > 0)
            {
                for (long first = Held.Keys.First(); Next < first; Next++)
                {
                    Missing.Add(Next);
                    Trim(Missing, MaxMissing);
                }
                released.AddRange(TakeNext());
            }
            return released;
        }

        private List<WorkflowEvent> TakeNext()
        {
            List<WorkflowEvent> taken = [];
            while (Held.Remove(Next, out WorkflowEvent? next))
            {
                taken.Add(next);
                Next++;
            }
            return taken;
        }
    }
}
