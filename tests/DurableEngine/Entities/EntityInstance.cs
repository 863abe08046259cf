using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine.Entities;

/// <summary>An entity as the hub's storage has it.</summary>
internal sealed class EntityInstance(EntityInstanceId id)
{
    public EntityInstanceId Id { get; } = id;

    /// <summary>The state's text as of the last checkpoint.</summary>
    public string? State { get; set; }

    /// <summary>Counts checkpoints: a worker that started from an older one loses its own.</summary>
    public long Version { get; set; }

    public DateTimeOffset LastModified { get; set; }

    public SignalOrder Order { get; set; } = new();

    /// <summary>Delivered and not yet part of a checkpointed batch.</summary>
    public List<EntitySignal> Queue { get; } = [];

    /// <summary>The batch that is believed to run.</summary>
    public EntityWork? Running { get; set; }
}
