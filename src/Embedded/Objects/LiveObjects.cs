using System.Collections.Concurrent;

namespace DurableObjects.Embedded.Objects;

/// <summary>
/// The objects that are in memory, by id, and when they leave it: after a time of idleness, and the least recently used ones
/// when there are too many.
/// </summary>
/// <param name="create">Makes a live object.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="options">The idle time and the bound.</param>
internal sealed class LiveObjects(
    Func<ObjectAddress, LiveObject> create, TimeProvider clock, EmbeddedHostOptions options) : IDisposable
{
    /// <summary>How often idleness is looked for.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    /// <summary>When there are too many, this share of the bound leaves at once, so that the search for them is rare.</summary>
    private const double EvictShare = 0.1;

    /// <summary>How long to leave it at that when all of them are busy: looking through thousands at every post would not help.</summary>
    private static readonly TimeSpan EvictEvery = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<ObjectId, LiveObject> _objects = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _places = new(2 * options.MaxAwake);
    private ITimer? _timer;
    private int _count;
    private int _waiting;
    private int _isEvicting;
    private long _lastEviction = clock.GetTimestamp() - clock.TimestampFrequency;
    private bool _isClosed;

    /// <summary>
    /// Waits for a place among the objects that are awake, of which there are twice the bound: or objects would be woken faster than
    /// idle ones can be closed.
    /// </summary>
    public async ValueTask TakePlaceAsync()
    {
        if (_places.Wait(0))
        {
            return;
        }
        Interlocked.Increment(ref _waiting);
        Evict();
        await _places.WaitAsync();
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Objects that wait for a place.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Gives a place back.</summary>
    public void LeavePlace() => _places.Release();

    /// <summary>Counted by hand: the dictionary would lock all of itself for it, at every post.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many of them are of a class.</summary>
    public int CountOf(string className) => _objects.Count(one => one.Value.Address.ClassName == className);

    public void Start()
    {
        lock (_lock)
        {
            _timer = clock.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Posts a visit to an object, which is put into memory if need be. Why it was refused, if it was.</summary>
    public DurableObjectException? Post(ObjectAddress address, Visit visit, bool isBounded)
    {
        while (true)
        {
            LiveObject live = FindOrAdd(address);
            // Looked at after the object is there for all to see: whoever closes looks for objects after closing.
            if (Volatile.Read(ref _isClosed))
            {
                visit.Fail(Stopped());
                return null;
            }
            Posted posted = live.Post(visit, isBounded);
            switch (posted)
            {
                case Posted.Accepted:
                    if (Count > options.MaxAwake)
                    {
                        Evict();
                    }
                    return null;
                case Posted.Closed:
                    // It is leaving at this moment; the next look finds its successor.
                    Thread.Yield();
                    break;
                default:
                    return live.Refusal(visit, posted);
            }
        }
    }

    /// <summary>The object, if it is in memory.</summary>
    public LiveObject? Find(ObjectId id) => _objects.GetValueOrDefault(id);

    /// <summary>To be called by an object that has closed its mailbox.</summary>
    public void Retire(LiveObject live)
    {
        if (_objects.TryRemove(new KeyValuePair<ObjectId, LiveObject>(live.Address.Id, live)))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Has every object hibernate that does not get work meanwhile; how many did.</summary>
    public async Task<int> HibernateAllAsync(CancellationToken cancellation)
    {
        LiveObject[] all = [.. _objects.Values];
        List<Task> answered = [];
        foreach (LiveObject live in all)
        {
            HibernateVisit visit = new(mayWait: true);
            if (live.Post(visit, isBounded: false) == Posted.Accepted)
            {
                answered.Add(visit.Answered);
            }
        }
        await Task.WhenAll(answered).WaitAsync(cancellation);
        return all.Count(live => !_objects.TryGetValue(live.Address.Id, out LiveObject? now) || now != live);
    }

    /// <summary>Has every object end what waits for it and leave memory; ends when there is none any more.</summary>
    public async Task EmptyAsync(CancellationToken cancellation)
    {
        while (Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            await HibernateAllAsync(cancellation);
            await Task.Yield();
        }
    }

    /// <summary>Refuses every visit from now on.</summary>
    public void Close() => Interlocked.Exchange(ref _isClosed, true);

    /// <summary>Ends what still runs.</summary>
    public void AbandonAll(string reason)
    {
        foreach (LiveObject live in _objects.Values)
        {
            live.Abandon(reason);
        }
    }

    private static DurableObjectException Stopped() =>
        new(503, ErrorCodes.Unavailable, "The host is stopping.") { Retryable = true };

    private LiveObject FindOrAdd(ObjectAddress address)
    {
        while (true)
        {
            if (_objects.TryGetValue(address.Id, out LiveObject? live))
            {
                return live;
            }
            live = create(address);
            if (_objects.TryAdd(address.Id, live))
            {
                Interlocked.Increment(ref _count);
                return live;
            }
        }
    }

    private void Sweep()
    {
        foreach (LiveObject live in _objects.Values)
        {
            if (live.IsIdle && clock.GetElapsedTime(live.LastUsed) >= options.HibernateAfter)
            {
                live.Post(new HibernateVisit(mayWait: false), isBounded: false);
            }
        }
        if (Count > options.MaxAwake)
        {
            Evict();
        }
    }

    private void Evict()
    {
        if (Interlocked.Exchange(ref _isEvicting, 1) == 1)
        {
            return;
        }
        try
        {
            if (clock.GetElapsedTime(_lastEviction) < EvictEvery)
            {
                return;
            }
            _lastEviction = clock.GetTimestamp();
            int tooMany = Count - (int)(options.MaxAwake * (1 - EvictShare));
            foreach (LiveObject live in _objects.Values.Where(live => live.IsIdle).OrderBy(live => live.LastUsed).Take(tooMany).ToList())
            {
                live.Post(new HibernateVisit(mayWait: false), isBounded: false);
            }
        }
        finally
        {
            Volatile.Write(ref _isEvicting, 0);
        }
    }
}
