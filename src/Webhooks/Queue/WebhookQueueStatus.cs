namespace DurableObjects.Webhooks.Queue;

/// <summary>What a queue holds, and whether it goes on.</summary>
/// <param name="Waiting">Deliveries that wait.</param>
/// <param name="Dead">
/// Dead letters. They and those that wait or run count against the source's <see cref="WebhookSource.MaxWaiting"/>.
/// </param>
/// <param name="Running">The delivery that runs.</param>
/// <param name="BodyBytes">Bytes of the bodies that are kept, at most <see cref="WebhookLimits.QueueBytes"/>.</param>
/// <param name="Stop">Why the queue does not go on; null if it does.</param>
/// <param name="StoppedAt">The delivery that it stopped at.</param>
/// <param name="Detail">The same for people.</param>
public sealed record WebhookQueueStatus(
    int Waiting, int Dead, string? Running, long BodyBytes, WebhookQueueStop? Stop, string? StoppedAt, string? Detail);
