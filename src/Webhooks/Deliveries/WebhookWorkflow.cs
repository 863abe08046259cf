using DurableObjects.Webhooks.Queue;
using DurableObjects.Workflows;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>Delivers one webhook: attempts until one succeeds, is rejected, or was the last.</summary>
[Workflow(Name)]
public sealed class WebhookWorkflow : Workflow<WebhookOrder, WebhookAttemptOutcome>
{
    /// <summary>Its published name.</summary>
    public const string Name = "webhook-delivery";

    /// <summary>
    /// What an attempt has beyond its own time, to read the body before and to note its outcome after. Ours: both take milliseconds, but
    /// wait their turn; and if the note comes too late, the next attempt finds it.
    /// </summary>
    private static readonly TimeSpan Overhead = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override Task<WebhookAttemptOutcome> RunAsync(WorkflowContext context, WebhookOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        return context.Activity<WebhookAttemptActivity, WebhookOrder, WebhookAttemptOutcome>(input, new ActivityOptions
        {
            Retry = input.Retry,
            Timeout = input.AttemptTimeout + Overhead,
            CircuitBreaker = input.CircuitBreaker,
        });
    }
}
