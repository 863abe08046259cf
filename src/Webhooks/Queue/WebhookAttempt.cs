namespace DurableObjects.Webhooks.Queue;

/// <summary>An attempt to deliver, as the audit trail has it.</summary>
/// <param name="Round">The <see cref="WebhookDelivery.Round"/> that it belongs to.</param>
/// <param name="Number">Its number in that round, from 1; the same for a second run of an interrupted one.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null while it has not, and if it was interrupted.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">The HTTP status that the target answered with, if it did.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Response">The beginning of what the target answered when it failed.</param>
public sealed record WebhookAttempt(
    int Round, int Number, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, WebhookAttemptOutcome Outcome, int? Status, string? Error,
    string? Response);
