using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A plan, without its tasks.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ContinueOnFailure">Whether tasks go on that do not depend on one that failed.</param>
/// <param name="CreatedAt">When it was submitted, in UTC.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="Tasks">How many tasks stand where.</param>
public sealed record AgentPlan(
    string Id, AgentPlanState State, bool ContinueOnFailure, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt,
    IReadOnlyDictionary<AgentTaskState, int> Tasks);

/// <summary>A plan with its tasks.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ContinueOnFailure">Whether tasks go on that do not depend on one that failed.</param>
/// <param name="CreatedAt">When it was submitted, in UTC.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="Revision">Rises with each change, of any plan of this orchestrator.</param>
/// <param name="Tasks">Its tasks, as they were submitted.</param>
public sealed record AgentPlanStatus(
    string Id, AgentPlanState State, bool ContinueOnFailure, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, long Revision,
    IReadOnlyList<AgentTaskStatus> Tasks);

/// <summary>Where a task stands.</summary>
/// <param name="Id">Its id in the plan.</param>
/// <param name="Agent">Its agent.</param>
/// <param name="DependsOn">What it depends on.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempts">The attempts begun so far.</param>
/// <param name="StartedAt">When the first began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Output">What came of it.</param>
/// <param name="Error">Why it failed, was skipped or was cancelled; while it runs, why the attempt before failed.</param>
public sealed record AgentTaskStatus(
    string Id, string Agent, IReadOnlyList<string> DependsOn, AgentTaskState State, int Attempts, DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt, JsonElement? Output, string? Error);

/// <summary>Where a plan stands.</summary>
public enum AgentPlanState
{
    /// <summary>Some tasks have not ended.</summary>
    Running,

    /// <summary>All tasks have succeeded.</summary>
    Succeeded,

    /// <summary>All have ended, and not all have succeeded.</summary>
    Failed,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}

/// <summary>Where a task stands.</summary>
public enum AgentTaskState
{
    /// <summary>It waits for tasks that it depends on.</summary>
    Waiting,

    /// <summary>It waits for its agent, which has as many tasks as it may.</summary>
    Ready,

    /// <summary>Its agent works on it, or it waits for the next attempt.</summary>
    Running,

    /// <summary>Its output is there.</summary>
    Succeeded,

    /// <summary>Its last attempt failed.</summary>
    Failed,

    /// <summary>Another failed or was cancelled, so it was never begun.</summary>
    Skipped,

    /// <summary>It was cancelled.</summary>
    Cancelled,
}
