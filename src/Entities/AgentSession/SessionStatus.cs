namespace DurableObjects.Entities;

/// <summary>Where a session stands.</summary>
/// <param name="StartedAt">When it began; null if it has not.</param>
/// <param name="Version">Counts the changes.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Messages">How many messages there are.</param>
/// <param name="Tokens">Their tokens and the summary's.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Trimmed">How many were trimmed so far.</param>
/// <param name="Summarized">How many were replaced by a summary so far.</param>
/// <param name="Summarizing">The workflow that makes a summary now; null for none.</param>
/// <param name="SummaryError">Why the last summary did not come about; null if it did.</param>
/// <param name="Sections">The versions of the documents.</param>
/// <param name="Tabs">How many sockets are connected.</param>
/// <param name="ExpiresAt">When it ends itself if nothing happens; null for never, and while a tab is connected.</param>
public sealed record SessionStatus(
    DateTimeOffset? StartedAt, long Version, SessionSettings Settings, int Messages, long Tokens, long Bytes, long Trimmed,
    long Summarized, string? Summarizing, string? SummaryError, IReadOnlyDictionary<string, long> Sections, int Tabs,
    DateTimeOffset? ExpiresAt);
