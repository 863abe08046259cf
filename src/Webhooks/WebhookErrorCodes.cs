namespace DurableObjects.Webhooks;

/// <summary>The values of <see cref="DurableObjectException.Code"/> that webhooks add to <see cref="ErrorCodes"/>.</summary>
public static class WebhookErrorCodes
{
    /// <summary>There is no source of that name (404).</summary>
    public const string UnknownSource = "unknown-webhook-source";

    /// <summary>Nothing has come from that source for that key (404).</summary>
    public const string UnknownQueue = "unknown-webhook-queue";

    /// <summary>The queue has no delivery of that id (404).</summary>
    public const string UnknownDelivery = "unknown-delivery";

    /// <summary>The delivery is not in a state for it: it waits or runs already, or has ended (409).</summary>
    public const string DeliveryState = "delivery-state";

    /// <summary>The delivery's body is not kept any more (410).</summary>
    public const string BodyGone = "delivery-body-gone";

    /// <summary>An attempt is no longer wanted: its delivery was ended, or begun anew (409).</summary>
    public const string NotRunning = "delivery-not-running";

    /// <summary>A handler threw, or the target answered otherwise than with 2xx, or not at all. It is tried again.</summary>
    public const string Failed = "delivery-failed";

    /// <summary>The attempt took too long. It is tried again.</summary>
    public const string TimedOut = "delivery-timed-out";

    /// <summary>It would fail again, however often it is tried: see <see cref="Queue.WebhookAttemptOutcome.Rejected"/>.</summary>
    public const string Rejected = "delivery-rejected";

    /// <summary>The signature of a webhook is not valid (401).</summary>
    public const string InvalidSignature = "invalid-signature";

    /// <summary>The signature is valid, and the webhook cannot be used (400).</summary>
    public const string Malformed = "malformed-webhook";
}
