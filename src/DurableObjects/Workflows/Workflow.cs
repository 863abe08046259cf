using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>The base of <see cref="Workflow{TInput, TOutput}"/>, which is what one derives from.</summary>
public abstract class Workflow
{
    private protected Workflow()
    {
    }

    internal abstract Task<JsonElement?> RunAsync(WorkflowContext context, JsonElement? input);
}

/// <summary>
/// A durable function of several steps: it calls objects, runs activities, sleeps, waits for events, and goes on where it was after a
/// crash, for it is run again from its beginning and given the recorded results of the steps that are done.
/// </summary>
/// <remarks>
/// So its code must take the same way each time: it asks its <see cref="WorkflowContext"/> for the time, for new ids and for everything
/// that comes from outside, awaits nothing else, and starts no tasks or threads of its own. A workflow whose code asks for another step
/// than its history says stops with the error <see cref="ErrorCodes.WorkflowChanged"/>, which names the step.
/// </remarks>
/// <typeparam name="TInput">What it starts with, as JSON of at most <see cref="Limits.WorkflowPayloadBytes"/>.</typeparam>
/// <typeparam name="TOutput">What it ends with, likewise.</typeparam>
public abstract class Workflow<TInput, TOutput> : Workflow
{
    /// <summary>The steps. What it throws is the workflow's error, after the compensations that it registered have run.</summary>
    protected abstract Task<TOutput> RunAsync(WorkflowContext context, TInput input);

    internal sealed override async Task<JsonElement?> RunAsync(WorkflowContext context, JsonElement? input) =>
        WorkflowJson.Of(await RunAsync(context, WorkflowJson.Read<TInput>(input, "The workflow's input")!), "The workflow's output");
}
