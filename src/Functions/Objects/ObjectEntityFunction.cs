using Microsoft.Azure.Functions.Worker;

namespace DurableObjects.Functions.Objects;

/// <summary>The entity of all objects: the platform gives it the operations of one object at a time, and of each in order.</summary>
/// <param name="host">What batches share.</param>
public sealed class ObjectEntityFunction(ObjectEntityHost host)
{
    /// <summary>Runs a batch.</summary>
    [Function(ObjectKeys.Entity)]
    public async Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        await using ObjectEntity entity = new(host);
        await dispatcher.DispatchAsync(entity);
    }
}
