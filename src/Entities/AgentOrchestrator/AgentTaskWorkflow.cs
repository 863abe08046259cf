using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>Does one task of a plan: attempts until one succeeds or was the last, behind the agent's circuit breaker.</summary>
[Workflow(Name)]
public sealed class AgentTaskWorkflow : Workflow<AgentOrder, Nothing>
{
    /// <summary>Its published name.</summary>
    public const string Name = "agent-task";

    /// <inheritdoc/>
    protected override Task<Nothing> RunAsync(WorkflowContext context, AgentOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        return context.Activity<Nothing>(input.Activity, input, new ActivityOptions
        {
            Retry = input.Retry,
            Timeout = input.Timeout,
            CircuitBreaker = $"agent:{input.Agent}",
            Breaker = input.Breaker,
        });
    }
}
