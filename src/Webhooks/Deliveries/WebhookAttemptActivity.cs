using DurableObjects.Hosting;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>
/// One attempt: has the queue note that it begins, hands the webhook to its handler or forwards it, and has the queue note how it
/// ended. So an attempt stands in the audit trail even if the process dies in it.
/// </summary>
/// <param name="sources">The sources as they are configured now.</param>
/// <param name="handlers">The handlers.</param>
/// <param name="forwarder">Forwards what no handler takes.</param>
/// <param name="services">Where a handler's dependencies come from: the scope of the attempt.</param>
/// <param name="clock">For its time.</param>
[Activity("webhook-attempt")]
public sealed class WebhookAttemptActivity(
    WebhookSources sources, WebhookHandlers handlers, WebhookForwarder forwarder, IServiceProvider services, TimeProvider clock)
    : Activity<WebhookOrder, WebhookAttemptOutcome>
{
    /// <inheritdoc/>
    protected override async Task<WebhookAttemptOutcome> RunAsync(ActivityContext context, WebhookOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        IWebhookQueue queue = context.Objects.Get<IWebhookQueue>(
            ObjectAddress.OfName(WebhookQueue.ClassName, input.Queue), Caller.Runtime);
        AttemptPermit permit = await queue.Attempting(context.WorkflowId, context.Attempt);
        if (permit.Earlier is { } earlier)
        {
            return earlier;
        }
        (AttemptResult result, DurableObjectException? error) = await TryAsync(queue, permit, context, input);
        await queue.Attempted(permit.Number, result);
        return error is null ? result.Outcome : throw error;
    }

    /// <summary>Makes the attempt. Only the end of the process ends it without a result.</summary>
    private async Task<(AttemptResult Result, DurableObjectException? Error)> TryAsync(
        IWebhookQueue queue, AttemptPermit permit, ActivityContext context, WebhookOrder order)
    {
        using CancellationTokenSource timeout = new(order.AttemptTimeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.CancellationToken);
        try
        {
            // One that does not heed its token is left to itself.
            AttemptResult result = await DeliverAsync(queue, permit, context, order, either.Token).WaitAsync(either.Token);
            return (result, null);
        }
        catch (ForwardingException error)
        {
            return (error.Result, error.ToError(order.Retry.MaxDelay));
        }
        catch (WebhookRejectedException error)
        {
            return Failure(WebhookAttemptOutcome.Rejected, 422, WebhookErrorCodes.Rejected, error.Message, error);
        }
        catch (OperationCanceledException error)
            when (timeout.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            return Failure(
                WebhookAttemptOutcome.TimedOut, 504, WebhookErrorCodes.TimedOut, $"It has not ended within {order.AttemptTimeout:c}.",
                error);
        }
        catch (DurableObjectException error) when (!context.CancellationToken.IsCancellationRequested)
        {
            return Failure(WebhookAttemptOutcome.Failed, error.Status, error.Code, error.Message, error);
        }
        catch (Exception error) when (!context.CancellationToken.IsCancellationRequested)
        {
            return Failure(
                WebhookAttemptOutcome.Failed, 500, WebhookErrorCodes.Failed, $"{error.GetType().Name}: {error.Message}", error);
        }
    }

    private async Task<AttemptResult> DeliverAsync(
        IWebhookQueue queue, AttemptPermit permit, ActivityContext context, WebhookOrder order, CancellationToken cancellation)
    {
        string[] names = order.Queue.Split(':', 2);
        WebhookSource source = sources.Find(names[0]) ?? throw new DurableObjectException(
            503, WebhookErrorCodes.UnknownSource, $"The source '{names[0]}' is not configured under {WebhookSources.Section}.")
        { Retryable = true };
        WebhookHandler? handler = handlers.Create(services, source.Name, permit.Type);
        if (handler is null && source.ForwardTo is null)
        {
            return new AttemptResult(WebhookAttemptOutcome.Unhandled);
        }
        byte[] body = await queue.Content(permit.Id) ?? throw new WebhookRejectedException("Its body is not kept any more.");
        WebhookEvent @event = new(source.Name, names[1], permit.Id, permit.Type, permit.Timestamp, body, context.Attempt, context.Objects);
        if (handler is null)
        {
            return await forwarder.ForwardAsync(source.ForwardTo!, @event, permit.Headers, cancellation);
        }
        await handler.HandleAsync(@event, cancellation);
        return new AttemptResult(WebhookAttemptOutcome.Delivered);
    }

    private static (AttemptResult Result, DurableObjectException? Error) Failure(
        WebhookAttemptOutcome outcome, int status, string code, string message, Exception error) =>
        (new AttemptResult(outcome, Error: message), new DurableObjectException(status, code, message, error)
        {
            Retryable = outcome != WebhookAttemptOutcome.Rejected,
            RetryAfter = (error as DurableObjectException)?.RetryAfter,
        });
}
