using DurableObjects.Hosting;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>A webhook on its way to a handler.</summary>
/// <param name="Source">The source that sent it.</param>
/// <param name="Key">The key that it was sent to: the customer, say.</param>
/// <param name="Id">The delivery's id, the same in each attempt and however often it is delivered again.</param>
/// <param name="Type">The event's type.</param>
/// <param name="Timestamp">When its sender signed it.</param>
/// <param name="RawBody">The bytes as they came.</param>
/// <param name="Attempt">1 for the first attempt.</param>
/// <param name="Objects">Objects, to be called.</param>
public record WebhookEvent(
    string Source, string Key, string Id, string Type, DateTimeOffset Timestamp, ReadOnlyMemory<byte> RawBody, int Attempt,
    ObjectStubs Objects);

/// <summary>A webhook on its way to a handler, with its payload read.</summary>
/// <typeparam name="TPayload">The payload's type.</typeparam>
public sealed record WebhookEvent<TPayload> : WebhookEvent
{
    internal WebhookEvent(WebhookEvent untyped, TPayload payload)
        : base(untyped) => Payload = payload;

    /// <summary>The body, read.</summary>
    public TPayload Payload { get; }
}
