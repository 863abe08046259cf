namespace DurableObjects.Webhooks.Queue;

/// <summary>Why a queue does not go on.</summary>
public enum WebhookQueueStop
{
    /// <summary>A delivery was given up on, and its source is configured to stop then.</summary>
    DeadLetter,

    /// <summary>Its source is not configured any more. It goes on by itself, within an hour, once it is.</summary>
    UnknownSource,
}
