namespace DurableObjects.Webhooks.Queue;

/// <summary>What is known of a queue as a whole.</summary>
/// <param name="Open">Deliveries that count against the bound.</param>
/// <param name="Bytes">Bytes of the bodies that are kept.</param>
/// <param name="Stop">Why it does not go on.</param>
/// <param name="StoppedAt">The delivery that it stopped at.</param>
internal sealed record QueueRow(int Open, long Bytes, WebhookQueueStop? Stop, string? StoppedAt);
