namespace DurableObjects.Entities;

/// <summary>What an <see cref="AgentSession"/> keeps beside its tables, under one key. Times are in milliseconds of the epoch.</summary>
internal sealed record AgentSessionState(long StartedAt, long ActiveAt, long Version, SessionSettings Settings)
{
    public long Trimmed { get; init; }

    public long Summarized { get; init; }

    public SessionSummary? Summary { get; init; }

    /// <summary>The summary under way.</summary>
    public SummaryRun? Run { get; init; }

    public string? SummaryError { get; init; }

    public long? FailedAt { get; init; }

    public DateTimeOffset Started => DateTimeOffset.FromUnixTimeMilliseconds(StartedAt);

    public DateTimeOffset? ExpiresAt => Settings.IdleSeconds is { } idle
        ? DateTimeOffset.FromUnixTimeMilliseconds(ActiveAt).AddSeconds(idle)
        : null;

    /// <summary>
    /// Whether messages that add up to this are more than the settings or the limits allow. Where a summary has to make the room, which
    /// takes its time, half of the limits is too much already.
    /// </summary>
    public bool IsExceededBy(ConversationSize size)
    {
        int share = Settings.WhenExceeded == WhenExceeded.Summarize ? 2 : 1;
        return size.Tokens + (Summary?.Tokens ?? 0) > Settings.TokenBudget
            || size.Count > AgentSessionLimits.MaxMessages / share || size.Bytes > AgentSessionLimits.SessionBytes / share;
    }
}

/// <summary>A summary under way.</summary>
/// <param name="Workflow">The workflow.</param>
/// <param name="UpTo">The id of the newest message that it covers.</param>
/// <param name="StartedAt">When it began.</param>
internal sealed record SummaryRun(string Workflow, long UpTo, long StartedAt);
