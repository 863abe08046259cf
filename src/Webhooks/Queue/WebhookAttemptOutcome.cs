namespace DurableObjects.Webhooks.Queue;

/// <summary>How an attempt ended.</summary>
public enum WebhookAttemptOutcome
{
    /// <summary>It has not ended.</summary>
    Running,

    /// <summary>The handler returned, or the target answered 2xx.</summary>
    Delivered,

    /// <summary>There is neither a handler for the event's type nor a target to forward to.</summary>
    Unhandled,

    /// <summary>It failed; another may follow.</summary>
    Failed,

    /// <summary>It took longer than the source's <see cref="WebhookSource.AttemptTimeout"/>; another may follow.</summary>
    TimedOut,

    /// <summary>It failed for good: the handler rejected the event, its payload is no such event, or the target is gone (410).</summary>
    Rejected,

    /// <summary>The process ended in it, so nobody knows how it ended; it was made again.</summary>
    Interrupted,
}
