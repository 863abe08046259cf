namespace DurableObjects.Webhooks.Signatures;

/// <summary>What is known of a webhook whose signature is good.</summary>
/// <param name="Id">
/// The delivery's id, the same however often it is sent: visible ASCII, 1 to <see cref="WebhookLimits.IdCharacters"/> characters.
/// </param>
/// <param name="Type">
/// The event's type, such as <c>customer.created</c>: visible ASCII, at most <see cref="WebhookLimits.TypeCharacters"/> characters.
/// Empty if the scheme does without and the body names none.
/// </param>
/// <param name="Timestamp">When it was signed; where the scheme does not say, when it was verified.</param>
public sealed record VerifiedWebhook(string Id, string Type, DateTimeOffset Timestamp);
