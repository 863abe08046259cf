using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>The base of <see cref="Activity{TInput, TOutput}"/>, which is what one derives from.</summary>
public abstract class Activity
{
    private protected Activity()
    {
    }

    internal abstract Task<JsonElement?> RunAsync(ActivityContext context, JsonElement? input);
}

/// <summary>
/// One step of a workflow that touches the world: it runs outside of any turn, with dependencies by constructor injection, and at least
/// once: a process that dies while it runs, or before its result is durable, has it run again. Whatever it does should bear that, for
/// instance by passing on <see cref="ActivityContext.IdempotencyKey"/>.
/// </summary>
/// <typeparam name="TInput">Its input, as JSON of at most <see cref="Limits.WorkflowPayloadBytes"/>.</typeparam>
/// <typeparam name="TOutput">Its result, likewise.</typeparam>
public abstract class Activity<TInput, TOutput> : Activity
{
    /// <summary>
    /// Does it. What it throws is the attempt's failure, and <see cref="RetryPolicy"/> says what follows; with a
    /// <see cref="DurableObjectException"/> it chooses code, and with <see cref="DurableObjectException.RetryAfter"/> the least delay.
    /// </summary>
    protected abstract Task<TOutput> RunAsync(ActivityContext context, TInput input);

    internal sealed override async Task<JsonElement?> RunAsync(ActivityContext context, JsonElement? input) =>
        WorkflowJson.Of(await RunAsync(context, WorkflowJson.Read<TInput>(input, "The activity's input")!), "The activity's result");
}
