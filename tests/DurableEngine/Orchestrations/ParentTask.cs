namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>The orchestration that waits for another one's end.</summary>
/// <param name="InstanceId">The orchestration.</param>
/// <param name="Execution">The run that waits.</param>
/// <param name="Name">Its function.</param>
/// <param name="TaskId">What it waits for.</param>
public sealed record ParentTask(string InstanceId, string Execution, string Name, int TaskId);
