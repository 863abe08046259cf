namespace DurableObjects.Workflows;

/// <summary>What a host may set of workflows.</summary>
public sealed record WorkflowOptions
{
    /// <summary>How long a workflow that has ended can still be asked about. <see cref="Limits.Retention"/> by default.</summary>
    public TimeSpan Retention { get; init; } = Limits.Retention;
}
