namespace DurableObjects.Entities;

/// <summary>How a batch processor goes.</summary>
/// <param name="Queued">Items that wait.</param>
/// <param name="FlushAt">When they are flushed if no more come; null if none wait.</param>
/// <param name="Batches">Batches settled so far.</param>
/// <param name="Failures">How often in a row the batch that waits has failed.</param>
/// <param name="Error">Why it failed last.</param>
/// <param name="Settings">When batches are flushed.</param>
public sealed record BatchStatus(
    int Queued, DateTimeOffset? FlushAt, long Batches, int Failures, string? Error, BatchSettings Settings);
