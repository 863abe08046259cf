namespace DurableObjects.Webhooks.Signatures;

/// <summary>How the check of a webhook ended.</summary>
public enum WebhookOutcome
{
    /// <summary>The signature is not good: 401, and the sender is told no more than that.</summary>
    Refused,

    /// <summary>The signature is good, and the webhook cannot be used: 400, and the sender is told why.</summary>
    Malformed,

    /// <summary>The signature is good.</summary>
    Verified,
}
