using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Webhooks.Signatures;

namespace DurableObjects.Webhooks;

/// <summary>
/// Takes webhooks as they come in: checks the signature, and if that is good has the queue of the source and key store it. Nothing else
/// happens before the sender is answered.
/// </summary>
/// <param name="sources">The sources.</param>
/// <param name="refusals">Counts what is refused.</param>
/// <param name="host">Has the queues.</param>
/// <param name="clock">The time that signed timestamps are compared with.</param>
public sealed class WebhookIntake(WebhookSources sources, WebhookRefusals refusals, IObjectHost host, TimeProvider clock)
{
    /// <summary>What is kept of every request, beside the headers of its signature.</summary>
    private static readonly string[] KeptHeaders = ["Content-Type", "User-Agent"];

    /// <summary>The source of that name.</summary>
    /// <exception cref="DurableObjectException">There is none (404).</exception>
    public WebhookSource Source(string name) => sources.Find(name) ?? throw new DurableObjectException(
        404, WebhookErrorCodes.UnknownSource, $"There is no source '{TraceText.Of(name)}' of webhooks.");

    /// <summary>Takes one.</summary>
    /// <param name="source">Whose it says it is.</param>
    /// <param name="key">Whom it is for.</param>
    /// <param name="request">The request.</param>
    /// <param name="receivedAt">When it arrived.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The webhook, and whether it is new.</returns>
    /// <exception cref="DurableObjectException">
    /// The signature is not good (401), the webhook cannot be used (400), or the queue is full (503).
    /// </exception>
    public async Task<(VerifiedWebhook Webhook, bool IsNew)> TakeAsync(
        WebhookSource source, string key, WebhookRequest request, DateTimeOffset receivedAt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(request);
        DateTimeOffset now = clock.GetUtcNow();
        WebhookVerdict verdict = source.Verify(request, now);
        if (!verdict.IsVerified)
        {
            refusals.Add(source.Name, verdict.Reason);
            throw verdict.Outcome == WebhookOutcome.Refused
                ? new DurableObjectException(401, WebhookErrorCodes.InvalidSignature, verdict.Message)
                : new DurableObjectException(400, WebhookErrorCodes.Malformed, verdict.Message);
        }
        VerifiedWebhook webhook = verdict.Webhook;
        IncomingWebhook incoming = new(
            webhook.Id, webhook.Type, webhook.Timestamp, request.Body.ToArray(), Kept(source, request), receivedAt, now);
        try
        {
            return (webhook, await QueueCall.RunAsync<bool>(host, source.Name, key, "receive", [incoming], Caller.Runtime, cancellation));
        }
        catch (DurableObjectException error) when (error.Code == ErrorCodes.StorageFull)
        {
            throw new DurableObjectException(503, ErrorCodes.Overloaded, "The queue is full: its database is at its limit.", error)
            {
                Retryable = true,
                Overloaded = true,
            };
        }
    }

    private static List<WebhookHeader> Kept(WebhookSource source, WebhookRequest request) =>
    [
        .. KeptHeaders.Concat(source.Scheme.Headers)
            .SelectMany(name => request.Header(name).Take(1).Select(value => new WebhookHeader(name, value)))
            // No client could send others on.
            .Where(header => header.Value.Length <= WebhookLimits.HeaderCharacters && header.Value.All(one => one is >= ' ' and <= '~')),
    ];
}
