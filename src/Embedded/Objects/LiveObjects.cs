using System.Collections.Concurrent;
using DurableObjects.Embedded.Catalogue;

namespace DurableObjects.Embedded.Objects;

/// <summary>
/// The objects that are in memory, by id, and when they leave it: after a time of idleness, and the least recently used ones
/// when there are too many.
/// </summary>
/// <param name="create">Makes the live object of an entry.</param>
/// <param name="find">The entry of an object, or a new one.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="options">The idle time and the bound.</param>
internal sealed class LiveObjects(
    Func<CatalogueEntry, LiveObject> create, Func<ObjectAddress, CatalogueEntry> find, TimeProvider clock, EmbeddedHostOptions options)
    : IDisposable
{
    /// <summary>How often idleness is looked for.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    /// <summary>When there are too many, this share of the bound leaves at once, so that the search for them is rare.</summary>
    private const double EvictShare = 0.1;

    private readonly ConcurrentDictionary<ObjectId, LiveObject> _objects = new();
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _isEvicting;

    public int Count => _objects.Count;

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

    /// <summary>Posts a visit to an object, which is put into memory if need be. False if its mailbox is full.</summary>
    public bool Post(ObjectAddress address, Visit visit, bool isBounded)
    {
        while (true)
        {
            LiveObject live = _objects.GetOrAdd(
                address.Id, static (_, state) => state.create(state.find(state.address)), (create, find, address));
            switch (live.Post(visit, isBounded))
            {
                case Posted.Accepted:
                    if (_objects.Count > options.MaxAwake)
                    {
                        Evict();
                    }
                    return true;
                case Posted.Full:
                    return false;
                default:
                    // It is leaving at this moment; the next look finds its successor.
                    Thread.Yield();
                    break;
            }
        }
    }

    /// <summary>To be called by an object that has closed its mailbox.</summary>
    public void Retire(LiveObject live) => _objects.TryRemove(new KeyValuePair<ObjectId, LiveObject>(live.Address.Id, live));

    /// <summary>Has every object hibernate that does not get work meanwhile; how many did.</summary>
    public async Task<int> HibernateAllAsync(CancellationToken cancellation)
    {
        LiveObject[] all = [.. _objects.Values];
        foreach (LiveObject live in all)
        {
            HibernateVisit visit = new();
            if (live.Post(visit, isBounded: false) == Posted.Accepted)
            {
                await visit.Answered.WaitAsync(cancellation);
            }
        }
        return all.Count(live => !_objects.TryGetValue(live.Address.Id, out LiveObject? now) || now != live);
    }

    /// <summary>Ends what still runs.</summary>
    public void AbandonAll(string reason)
    {
        foreach (LiveObject live in _objects.Values)
        {
            live.Abandon(reason);
        }
    }

    private void Sweep()
    {
        foreach (LiveObject live in _objects.Values)
        {
            if (live.IsIdle && clock.GetElapsedTime(live.LastUsed) >= options.HibernateAfter)
            {
                live.Post(new HibernateVisit(), isBounded: false);
            }
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
            int tooMany = _objects.Count - (int)(options.MaxAwake * (1 - EvictShare));
            foreach (LiveObject live in _objects.Values.Where(live => live.IsIdle).OrderBy(live => live.LastUsed).Take(tooMany).ToList())
            {
                live.Post(new HibernateVisit(), isBounded: false);
            }
        }
        finally
        {
            Volatile.Write(ref _isEvicting, 0);
        }
    }
}
