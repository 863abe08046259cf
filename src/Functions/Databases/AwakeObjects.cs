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
    internal void Return(AwakeObject one)
    {
        lock (_lock)
        {
            one.LastUsed = clock.GetTimestamp();
            one.Lane.Release();
            int open = _objects.Values.Count(other => other.IsOpen);
            long bytes = _objects.Values.Sum(other => other.File.Bytes);
            if (open <= options.MaxAwake && bytes <= options.MaxCacheBytes)
            {
                return;
            }
            foreach ((ObjectId id, AwakeObject idle) in _objects.OrderBy(other => other.Value.LastUsed).ToList())
            {
                bool mustClose = open > options.MaxAwake && idle.IsOpen;
                bool mustGo = bytes > options.MaxCacheBytes;
                if ((!mustClose && !mustGo) || !idle.Lane.Wait(0))
                {
                    continue;
                }
                open -= idle.IsOpen ? 1 : 0;
                bytes -= idle.File.Bytes;
                Leave(id, idle, mustGo);
                bytes += idle.File.Bytes;
                idle.Lane.Release();
            }
        }
    }

    private void Leave(ObjectId id, AwakeObject idle, bool mustGo)
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
            _objects.Remove(id);
        }
    }
}
