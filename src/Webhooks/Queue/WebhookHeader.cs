namespace DurableObjects.Webhooks.Queue;

/// <summary>A header of a webhook's request.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record WebhookHeader(string Name, string Value);
