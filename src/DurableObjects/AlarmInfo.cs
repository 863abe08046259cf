namespace DurableObjects;

/// <summary>What an alarm handler is told.</summary>
/// <param name="ScheduledFor">When the alarm was set to fire.</param>
/// <param name="RetryCount">0 the first time, then 1 to <see cref="Limits.AlarmRetries"/> for retries after a failure.</param>
public sealed record AlarmInfo(DateTimeOffset ScheduledFor, int RetryCount)
{
    /// <summary>Whether this is a retry.</summary>
    public bool IsRetry => RetryCount > 0;
}
