using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A task of a plan, as it is submitted.</summary>
/// <param name="Id">Its name in the plan: 1 to <see cref="AgentOrchestratorLimits.IdCharacters"/> characters.</param>
/// <param name="Agent">The agent that does it, by the name that it is configured under.</param>
/// <param name="Input">What the agent gets: any JSON.</param>
/// <param name="DependsOn">
/// The tasks that must succeed before, at most <see cref="AgentOrchestratorLimits.MaxDependencies"/>; the agent gets their outputs.
/// </param>
/// <param name="Retry">What follows a failed attempt; what is not given is as configured for the agent.</param>
/// <param name="TimeoutSeconds">How long an attempt may take; as configured for the agent by default.</param>
public sealed record AgentTask(
    string Id, string Agent, JsonElement? Input = null, IReadOnlyList<string>? DependsOn = null, AgentRetry? Retry = null,
    decimal? TimeoutSeconds = null);

/// <summary>What follows a failed attempt, in the words of <see cref="Workflows.RetryPolicy"/>; null for what is configured.</summary>
/// <param name="MaxAttempts">Attempts in all: 1 to <see cref="Agents.MostAttempts"/>.</param>
/// <param name="FirstDelaySeconds">The delay before the second.</param>
/// <param name="MaxDelaySeconds">The longest delay: at most 3,600.</param>
/// <param name="Factor">What each delay is multiplied with for the next: 1 to 100.</param>
/// <param name="Jitter">The share of a delay, 0 to 1, that chance may take off it.</param>
public sealed record AgentRetry(
    int? MaxAttempts = null, decimal? FirstDelaySeconds = null, decimal? MaxDelaySeconds = null, double? Factor = null,
    double? Jitter = null);
