using DurableObjects.Breakers;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// What a task's workflow starts with: how to go about it, by the settings of that time. Input and output do not travel with it: the
/// orchestrator has them.
/// </summary>
/// <param name="Orchestrator">The key of the orchestrator, which knows the rest by the workflow's id.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Activity">The activity that asks it.</param>
/// <param name="Retry">What follows a failed attempt.</param>
/// <param name="Timeout">How long an attempt may take.</param>
/// <param name="Breaker">When the agent's circuit opens.</param>
public sealed record AgentOrder(
    string Orchestrator, string Agent, string Activity, RetryPolicy Retry, TimeSpan Timeout, CircuitBreakerOptions Breaker);
