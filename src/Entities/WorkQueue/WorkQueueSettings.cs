namespace DurableObjects.Entities;

/// <summary>What can be configured of a queue.</summary>
/// <param name="MaxDeliveries">How often a job is delivered before it becomes a dead letter.</param>
/// <param name="DedupeSeconds">How long the id that a job was given stays taken after the job was completed.</param>
public sealed record WorkQueueSettings(int MaxDeliveries, decimal DedupeSeconds);
