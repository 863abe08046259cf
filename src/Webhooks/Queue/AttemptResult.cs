namespace DurableObjects.Webhooks.Queue;

/// <summary>How an attempt ended.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Status">The HTTP status that the target answered with, if it did.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Response">The beginning of what the target answered when it failed.</param>
public sealed record AttemptResult(WebhookAttemptOutcome Outcome, int? Status = null, string? Error = null, string? Response = null);
