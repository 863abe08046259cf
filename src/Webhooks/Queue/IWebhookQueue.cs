namespace DurableObjects.Webhooks.Queue;

/// <summary>
/// The methods of the object class <c>webhook-queue</c>: the deliveries of one source to one key, named <c>{source}:{key}</c>. They are
/// processed one at a time in the order of their arrival. Those that only the host may call say so.
/// </summary>
public interface IWebhookQueue
{
    /// <summary>Takes a webhook whose signature was verified. For the host alone.</summary>
    /// <returns>Whether it is new; false if one of its id is kept already.</returns>
    /// <exception cref="DurableObjectException">
    /// The queue is full (503, overloaded), its source is not configured (404), or a part of it is over its limit (400).
    /// </exception>
    Task<bool> Receive(IncomingWebhook webhook);

    /// <summary>Notes that an attempt begins, before it does. For the host alone.</summary>
    /// <param name="workflow">The workflow that makes it.</param>
    /// <param name="attempt">Its number in the workflow; a second run of the same attempt is an entry of its own.</param>
    /// <exception cref="DurableObjectException">
    /// The delivery is not that workflow's any more (409 <see cref="WebhookErrorCodes.NotRunning"/>).
    /// </exception>
    Task<AttemptPermit> Attempting(string workflow, int attempt);

    /// <summary>Notes how an attempt ended, once. For the host alone.</summary>
    /// <param name="number">The <see cref="AttemptPermit.Number"/>.</param>
    /// <param name="result">How it ended.</param>
    Task Attempted(long number, AttemptResult result);

    /// <summary>The body of a delivery; null if there is none of that id, or its body is gone. Read-only, and for the host alone.</summary>
    Task<byte[]?> Content(string id);

    /// <summary>What the queue holds, and whether it goes on. Read-only.</summary>
    Task<WebhookQueueStatus> Status();

    /// <summary>Deliveries without their attempts, newest first. Read-only.</summary>
    /// <param name="state">Those in that state; all if left out.</param>
    /// <param name="limit">How many at most: 1 to <see cref="WebhookLimits.PageDeliveries"/>.</param>
    /// <param name="cursor">Where the page before ended.</param>
    Task<WebhookDeliveryPage> Deliveries(WebhookDeliveryState? state = null, int limit = 100, string? cursor = null);

    /// <summary>A delivery with its attempts; null if there is none of that id. Read-only.</summary>
    Task<WebhookDelivery?> Delivery(string id);

    /// <summary>
    /// Has deliveries that have ended delivered again, all of those named or none. They go in the order of their first arrival, before what
    /// arrived later. A queue that stopped at one of them goes on with it.
    /// </summary>
    /// <param name="ids">1 to <see cref="WebhookLimits.PageDeliveries"/> of them.</param>
    /// <returns>How many.</returns>
    /// <exception cref="DurableObjectException">
    /// One is unknown (404), still waits or runs (409), or its body is gone (410); the queue would be over its bound (503).
    /// </exception>
    Task<int> Redeliver(IReadOnlyList<string> ids);

    /// <summary>Has all dead letters delivered again. A queue that stopped goes on.</summary>
    /// <returns>How many.</returns>
    Task<int> RedeliverDead();

    /// <summary>
    /// Gives a delivery up for good: one that waits, runs or is dead becomes <see cref="WebhookDeliveryState.Skipped"/>. A queue that
    /// stopped at it goes on. An attempt that is being made is not undone.
    /// </summary>
    /// <exception cref="DurableObjectException">It is unknown (404), or has ended otherwise (409).</exception>
    Task Skip(string id);

    /// <summary>Has a queue that stopped go on with the next delivery. What it stopped at stays a dead letter.</summary>
    /// <returns>Whether it had stopped.</returns>
    Task<bool> Resume();
}
