namespace DurableObjects.Webhooks.Queue;

/// <summary>A webhook whose signature was verified, on its way into its queue.</summary>
/// <param name="Id">The delivery's id.</param>
/// <param name="Type">The event's type; may be empty.</param>
/// <param name="Timestamp">When its sender signed it.</param>
/// <param name="Body">The raw bytes.</param>
/// <param name="Headers">Those to be kept: see <see cref="WebhookIntake"/>.</param>
/// <param name="ReceivedAt">When the request arrived.</param>
/// <param name="VerifiedAt">When its signature was found good.</param>
public sealed record IncomingWebhook(
    string Id, string Type, DateTimeOffset Timestamp, byte[] Body, IReadOnlyList<WebhookHeader> Headers, DateTimeOffset ReceivedAt,
    DateTimeOffset VerifiedAt);
