using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>What a host may set of workflows.</summary>
public sealed record WorkflowOptions
{
    /// <summary>How long a workflow that has ended can still be asked about. <see cref="Limits.Retention"/> by default.</summary>
    public TimeSpan Retention { get; init; } = Limits.Retention;

    /// <summary>
    /// Starts an activity's code. On the thread pool by default, so that one which blocks has its time as well; a test that wants to see all
    /// of it happen in its own thread starts it there.
    /// </summary>
    public Func<Func<Task<JsonElement?>>, Task<JsonElement?>> StartActivity { get; init; } = Task.Run;
}
