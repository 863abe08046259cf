using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Databases;

/// <summary>
/// The objects that this worker has awake, so that the next batch of one finds it as the last has left it. A batch takes its object for
/// itself: should the platform ever run two of one entity here, since it gave the first up for dead, the second waits.
/// </summary>
/// <param name="folder">Where databases are.</param>
/// <param name="options">How many, and how many bytes.</param>
/// <param name="clock">For the order in which they leave.</param>
/// <param name="logger">Told of what could not be closed.</param>
public sealed class AwakeObjects(
    CacheFolder folder, AzureHostOptions options, TimeProvider clock, ILogger<AwakeObjects> logger) : IDisposable
{
    private const string Kind = "turns";

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectId, AwakeObject> _objects = [];
    private int _open;
    private long _bytes;

    /// <summary>Objects of which a database is open or kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _objects.Count;
            }
        }
    }

    /// <summary>Objects of a class whose instances are in memory.</summary>
    public int CountOf(string className)
    {
        lock (_lock)
        {
            return _objects.Values.Count(one => one.ClassName == className);
        }
    }

    /// <summary>Closes everything.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (AwakeObject one in _objects.Values)
            {
                one.Discard();
            }
            _objects.Clear();
        }
    }

    /// <summary>Takes an object until it is given back.</summary>
    internal async ValueTask<AwakeObject> TakeAsync(ObjectId id)
    {
        while (true)
        {
            AwakeObject? one;
            lock (_lock)
            {
                if (!_objects.TryGetValue(id, out one))
                {
                    one = new AwakeObject(new CachedFile(folder.FileOf(Kind, id), logger));
                    _objects.Add(id, one);
                }
            }
            await one.Lane.WaitAsync();
            lock (_lock)
            {
                if (_objects.TryGetValue(id, out AwakeObject? current) && current == one)
                {
                    return one;
                }
            }
            // It left while this waited.
            one.Lane.Release();
        }
    }

    /// <summary>Gives an object back, and closes others if these are too many.</summary>
    internal void Return(ObjectId id, AwakeObject one)
    {
        one.File.Measure();
        List<(ObjectId Id, AwakeObject One, bool MustGo)> leaving;
        lock (_lock)
        {
            one.LastUsed = clock.GetTimestamp();
            Tally(id, one);
            one.Lane.Release();
            leaving = TakeLeaving();
        }
        // Closing a large database takes its time, for which nobody else has to wait.
        foreach ((ObjectId other, AwakeObject idle, bool mustGo) in leaving)
        {
            Leave(idle, mustGo);
            lock (_lock)
            {
                Tally(other, idle);
                idle.Lane.Release();
            }
        }
    }

    /// <summary>Takes those that must be closed or go, the longest unused first; as many as it needs.</summary>
    private List<(ObjectId Id, AwakeObject One, bool MustGo)> TakeLeaving()
    {
        List<(ObjectId, AwakeObject, bool)> leaving = [];
        int open = _open;
        long bytes = _bytes;
        if (open <= options.MaxAwake && bytes <= options.MaxCacheBytes)
        {
            return leaving;
        }
        foreach ((ObjectId id, AwakeObject idle) in _objects.OrderBy(pair => pair.Value.LastUsed))
        {
            bool mustClose = open > options.MaxAwake && idle.IsCounted;
            bool mustGo = bytes > options.MaxCacheBytes;
            if ((mustClose || mustGo) && idle.Lane.Wait(0))
            {
                leaving.Add((id, idle, mustGo));
                open -= idle.IsCounted ? 1 : 0;
                bytes -= mustGo ? idle.CountedBytes : 0;
            }
        }
        return leaving;
    }

    /// <summary>Counts an object anew; one of which nothing is kept is forgotten.</summary>
    private void Tally(ObjectId id, AwakeObject one)
    {
        _open += (one.IsOpen ? 1 : 0) - (one.IsCounted ? 1 : 0);
        _bytes += one.File.Bytes - one.CountedBytes;
        one.IsCounted = one.IsOpen;
        one.CountedBytes = one.File.Bytes;
        if (!one.IsOpen && one.File.Bytes == 0)
        {
            _objects.Remove(id);
        }
    }

    private void Leave(AwakeObject idle, bool mustGo)
    {
        try
        {
            idle.Close();
        }
        catch (Exception error)
        {
            logger.NotClosed(error, idle.File.Path);
            mustGo = true;
        }
        if (mustGo)
        {
            idle.Discard();
        }
    }
}
