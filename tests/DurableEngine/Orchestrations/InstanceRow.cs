using Microsoft.DurableTask.Client;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>
/// An orchestration's line in the table of instances, which is what clients see. A client's start writes it; that of an entity or an
/// orchestration does not, so nobody sees such an instance before its first checkpoint.
/// </summary>
internal sealed class InstanceRow
{
    public required string Execution { get; set; }

    public required string Name { get; set; }

    public required DateTimeOffset Created { get; set; }

    public DateTimeOffset Updated { get; set; }

    public OrchestrationRuntimeStatus Status { get; set; }

    public string? Input { get; set; }

    /// <summary>
    /// The result. Of a failed one what failed, as a sentence and not as JSON; of one that was suspended or resumed, the reason.
    /// </summary>
    public string? Output { get; set; }

    /// <summary>Text, "null" where there is none, from the first checkpoint on.</summary>
    public string? CustomStatus { get; set; }
}
