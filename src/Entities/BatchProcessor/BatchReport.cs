namespace DurableObjects.Entities;

/// <summary>What came of a batch.</summary>
/// <param name="Batch">Its number; null if it failed for now and its items still wait.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Items">What became of its items, in the order in which they were queued.</param>
public sealed record BatchReport(long? Batch, DateTimeOffset At, IReadOnlyList<BatchItemResult> Items);
