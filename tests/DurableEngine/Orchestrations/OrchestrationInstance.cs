using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>An orchestration as the hub's storage has it.</summary>
internal sealed class OrchestrationInstance(string id)
{
    public string Id { get; } = id;

    /// <summary>Tells the run that is on from those before it: one that started under the same id, or continued as new.</summary>
    public string? Execution { get; set; }

    public string Name { get; set; } = "";

    public string? Input { get; set; }

    public string? Output { get; set; }

    public string? CustomStatus { get; set; }

    public TaskFailureDetails? Failure { get; set; }

    public OrchestrationRuntimeStatus Status { get; set; } = OrchestrationRuntimeStatus.Pending;

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Updated { get; set; }

    public IReadOnlyList<HistoryEvent> History { get; set; } = [];

    public long Version { get; set; }

    /// <summary>Delivered and not yet part of a checkpointed run.</summary>
    public List<HubMessage> Queue { get; } = [];

    public OrchestrationWork? Running { get; set; }
}
