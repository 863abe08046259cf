using System.Collections.Concurrent;
using DurableObjects.Functions.Archive;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>The states of some objects, as the sweep asks for them.</summary>
public sealed class Positions(params IEnumerable<ArchivedObject> objects) : IArchivePositions
{
    private readonly ConcurrentDictionary<ObjectId, ArchivedObject> _objects = new(objects.ToDictionary(one => one.Address.Id));

    /// <summary>Runs before each answer.</summary>
    public Func<ObjectId, Task>? Before { get; set; }

    /// <summary>The objects that were asked for.</summary>
    public ConcurrentQueue<ObjectId> Asked { get; } = new();

    /// <summary>Has an object lose its state.</summary>
    public void Forget(ArchivedObject one) => _objects.TryRemove(one.Address.Id, out _);

    public async ValueTask<ArchiveState?> FindAsync(string className, ObjectId id, CancellationToken cancellation)
    {
        Asked.Enqueue(id);
        await (Before?.Invoke(id) ?? Task.CompletedTask);
        return _objects.TryGetValue(id, out ArchivedObject? one) ? new ArchiveState(one.Position) : null;
    }
}
