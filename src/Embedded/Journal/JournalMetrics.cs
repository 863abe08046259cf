namespace DurableObjects.Embedded.Journal;

/// <summary>What the journal has done since it was opened.</summary>
/// <param name="Batches">Batches made durable.</param>
/// <param name="Records">Records made durable; divided by <paramref name="Batches"/>, what group commit is worth.</param>
/// <param name="Bytes">Bytes of batches made durable, with headers and padding.</param>
/// <param name="Flushes">Flushes of files, those of rolling included.</param>
/// <param name="QueuedBytes">Bytes accepted and not yet durable.</param>
/// <param name="Recoveries">How often it could write again after it could not.</param>
internal readonly record struct JournalMetrics(
    long Batches, long Records, long Bytes, long Flushes, long QueuedBytes, long Recoveries);
