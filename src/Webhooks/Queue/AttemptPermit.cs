namespace DurableObjects.Webhooks.Queue;

/// <summary>What an attempt is told before it is made.</summary>
/// <param name="Number">Its number in the queue's audit trail.</param>
/// <param name="Earlier">
/// How an earlier run of the workflow's ended, if that was well: it was only not recorded with the workflow, so nothing is to be done.
/// </param>
/// <param name="Id">The delivery's id.</param>
/// <param name="Type">The event's type.</param>
/// <param name="Timestamp">When its sender signed it.</param>
/// <param name="Headers">The headers that were kept.</param>
public sealed record AttemptPermit(
    long Number, WebhookAttemptOutcome? Earlier, string Id, string Type, DateTimeOffset Timestamp, IReadOnlyList<WebhookHeader> Headers);
