using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What attempts tell their orchestrator. For <see cref="Agent"/> alone.</summary>
internal interface IAgentAttempts
{
    /// <summary>Takes note that an attempt begins; what to ask the agent, or null if the task is done already.</summary>
    /// <exception cref="DurableObjectException">The task does not run any more (409 <c>task-not-running</c>).</exception>
    Task<AgentRequest?> Attempting(string workflow, int attempt);

    /// <summary>Takes note of the end of an attempt: the task's output, or an error.</summary>
    Task Attempted(string workflow, int attempt, JsonElement? output, string? error);
}
