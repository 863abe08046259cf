using Microsoft.Azure.Functions.Worker;

namespace DurableObjects.Functions.Sockets;

/// <summary>The trigger of <see cref="RelayEntity"/>.</summary>
/// <param name="entity">The entity.</param>
public sealed class RelayFunction(RelayEntity entity)
{
    /// <summary>Hands the relay its operations.</summary>
    /// <param name="dispatcher">The operations.</param>
    [Function(RelayEntity.Name)]
    public Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        return dispatcher.DispatchAsync(entity);
    }
}
