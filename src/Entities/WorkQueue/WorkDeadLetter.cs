using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A job that was delivered as often as the queue allows and never completed. Times are in UTC.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Payload">What was enqueued.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="Deliveries">How often it was delivered.</param>
/// <param name="Error">How the last delivery ended.</param>
/// <param name="EnqueuedAt">When it was enqueued.</param>
/// <param name="DiedAt">When its last delivery ended.</param>
public sealed record WorkDeadLetter(
    string Id, JsonElement Payload, int Priority, int Deliveries, string? Error, DateTimeOffset EnqueuedAt, DateTimeOffset DiedAt);
