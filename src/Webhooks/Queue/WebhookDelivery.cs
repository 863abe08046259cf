namespace DurableObjects.Webhooks.Queue;

/// <summary>A delivery and its audit trail.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">The event's type; empty if it has none.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Timestamp">When its sender signed it.</param>
/// <param name="ReceivedAt">When its request arrived.</param>
/// <param name="VerifiedAt">When its signature was found good.</param>
/// <param name="StoredAt">When it was stored, after which its sender was answered.</param>
/// <param name="Bytes">The size of its body.</param>
/// <param name="HasBody">Whether the body is still kept, so that it can be delivered again.</param>
/// <param name="Round">How often its delivery was begun: 1, and 1 more for each time that it was delivered again.</param>
public sealed record WebhookDelivery(
    string Id, string Type, WebhookDeliveryState State, DateTimeOffset Timestamp, DateTimeOffset ReceivedAt, DateTimeOffset VerifiedAt,
    DateTimeOffset StoredAt, int Bytes, bool HasBody, int Round)
{
    /// <summary>When its delivery last began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When its delivery last ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The workflow that delivers it, or did last.</summary>
    public string? Workflow { get; init; }

    /// <summary>Why it is dead or was skipped.</summary>
    public string? Error { get; init; }

    /// <summary>Its attempts, oldest first; null in a list.</summary>
    public IReadOnlyList<WebhookAttempt>? Attempts { get; init; }
}
