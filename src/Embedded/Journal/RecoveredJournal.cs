namespace DurableObjects.Embedded.Journal;

/// <summary>Where writing goes on.</summary>
/// <param name="Segments">The files, ordered; the last one is written to.</param>
/// <param name="Journal">The number that marks the journal's batches.</param>
/// <param name="LastSequence">The number of the last batch; 0 if there is none.</param>
/// <param name="LastBatch">The address of the last batch; 0 if there is none.</param>
/// <param name="End">The address of the next batch.</param>
internal sealed record RecoveredJournal(JournalSegment[] Segments, ulong Journal, long LastSequence, long LastBatch, long End);
