namespace DurableObjects.Webhooks.Deliveries;

/// <summary>A handler throws it for an event that it will never take: the delivery is a dead letter at once, with this message.</summary>
/// <param name="message">Why.</param>
/// <param name="innerException">What led to it, if anything.</param>
public sealed class WebhookRejectedException(string message, Exception? innerException = null) : Exception(message, innerException);
