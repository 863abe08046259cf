using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// An agent of the application's own: derive, publish with <see cref="ActivityAttribute"/>, and name it in <c>Agents:{name}:Activity</c>.
/// What it throws is the attempt's failure, and is tried again, unless its code is <see cref="AgentOrchestrator.AgentRefused"/> or
/// <see cref="ErrorCodes.InvalidArgument"/>.
/// </summary>
/// <remarks>
/// The orchestrator takes note of an attempt before it is made, and of its output before the workflow does. So one that runs again because
/// the process died in between finds that it is done, and one whose task was cancelled is not made.
/// </remarks>
public abstract class Agent : Activity<AgentOrder, Nothing>
{
    /// <summary>Answers a task: any JSON of at most <see cref="AgentOrchestratorLimits.OutputBytes"/>, or null.</summary>
    protected abstract Task<JsonElement?> AnswerAsync(ActivityContext context, AgentRequest request);

    /// <inheritdoc/>
    protected sealed override async Task<Nothing> RunAsync(ActivityContext context, AgentOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        IAgentAttempts attempts = context.Objects.Get<IAgentAttempts>(
            ObjectAddress.OfKey(AgentOrchestrator.ClassName, input.Orchestrator), Caller.Runtime);
        AgentRequest? request = await attempts.Attempting(context.WorkflowId, context.Attempt);
        if (request is null)
        {
            return default;
        }
        JsonElement? output;
        try
        {
            output = await AnswerAsync(context, request);
        }
        catch (Exception error) when (!context.CancellationToken.IsCancellationRequested)
        {
            string code = (error as DurableObjectException)?.Code ?? AgentOrchestrator.AgentFailed;
            await attempts.Attempted(context.WorkflowId, context.Attempt, null, Argument.Shorten($"{code}: {error.Message}"));
            throw;
        }
        await attempts.Attempted(context.WorkflowId, context.Attempt, output, null);
        return default;
    }
}
