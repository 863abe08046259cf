namespace DurableObjects.Embedded.Journal;

/// <summary>A record in the queue, with the length that was counted for it.</summary>
internal readonly record struct PendingRecord(IJournalRecord Record, int Length);
