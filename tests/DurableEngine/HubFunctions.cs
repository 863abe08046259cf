using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

/// <summary>What a worker can run, by the functions' names in lower case.</summary>
public sealed class HubFunctions
{
    /// <summary>Makes the entity of a batch.</summary>
    public Dictionary<string, Func<ITaskEntity>> Entities { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Orchestrations.</summary>
    public Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> Orchestrators { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Activities: the input's text in, the result's text out.</summary>
    public Dictionary<string, Func<string?, Task<string?>>> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);
}
