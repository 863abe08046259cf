using System.Text.Json;

namespace DurableObjects.Webhooks.Queue;

/// <summary>A delivery as the table has it.</summary>
internal sealed record DeliveryRow(
    long Sequence, string Id, string Type, WebhookDeliveryState State, DateTimeOffset SignedAt, DateTimeOffset ReceivedAt,
    DateTimeOffset VerifiedAt, DateTimeOffset StoredAt, int Round, string? Workflow, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    string? Error, string Headers, int Bytes, bool HasBody)
{
    /// <summary>Whether it counts against the queue's bound.</summary>
    public static bool IsOpen(WebhookDeliveryState state) =>
        state is WebhookDeliveryState.Waiting or WebhookDeliveryState.Running or WebhookDeliveryState.Dead;

    public IReadOnlyList<WebhookHeader> KeptHeaders =>
        JsonSerializer.Deserialize<IReadOnlyList<WebhookHeader>>(Headers, ObjectJson.Options)!;

    public WebhookDelivery ToDelivery(IReadOnlyList<WebhookAttempt>? attempts = null) => new(
        Id, Type, State, SignedAt, ReceivedAt, VerifiedAt, StoredAt, Bytes, HasBody, Round)
    {
        StartedAt = StartedAt,
        EndedAt = EndedAt,
        Workflow = Workflow,
        Error = Error,
        Attempts = attempts,
    };
}
