namespace DurableObjects.Webhooks.Queue;

/// <summary>Where a delivery stands.</summary>
public enum WebhookDeliveryState
{
    /// <summary>It waits for those before it.</summary>
    Waiting,

    /// <summary>It is being delivered, or waits between two attempts.</summary>
    Running,

    /// <summary>An attempt succeeded.</summary>
    Delivered,

    /// <summary>All its attempts failed: a dead letter, kept until somebody has it delivered again or skips it.</summary>
    Dead,

    /// <summary>Nothing was there to take it: no handler of its type, no target.</summary>
    Unhandled,

    /// <summary>Somebody gave it up.</summary>
    Skipped,
}
