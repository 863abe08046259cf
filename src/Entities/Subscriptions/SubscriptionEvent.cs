namespace DurableObjects.Entities;

/// <summary>An event about a subscription or an order that was seen within the last <see cref="Subscriptions.SeenDays"/> days.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Timestamp">When Polar made it.</param>
/// <param name="ModifiedAt">When the subscription or order was last changed, as the event has it.</param>
/// <param name="Status">The status that the event has.</param>
public sealed record SubscriptionEvent(
    string Id, string Type, DateTimeOffset Timestamp, DateTimeOffset ModifiedAt, string? Status);
