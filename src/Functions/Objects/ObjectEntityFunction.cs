using DurableObjects.Functions.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Objects;

/// <summary>The entity of all objects: the platform gives it the operations of one object at a time, and of each in order.</summary>
/// <param name="host">What batches share.</param>
/// <param name="workflows">The way to workflows.</param>
public sealed class ObjectEntityFunction(ObjectEntityHost host, WorkflowClients workflows)
{
    /// <summary>Runs a batch.</summary>
    [Function(ObjectKeys.Entity)]
    public async Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher, [DurableClient] DurableTaskClient client)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        await using ObjectEntity entity = new(host, workflows.Of(client));
        await dispatcher.DispatchAsync(entity);
    }
}
