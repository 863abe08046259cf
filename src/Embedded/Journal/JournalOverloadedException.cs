namespace DurableObjects.Embedded.Journal;

/// <summary>The record was not accepted, because too much waits for the disk already. Trying again later is right.</summary>
internal sealed class JournalOverloadedException(long queuedBytes, long maxQueuedBytes)
    : Exception($"The disk is behind: {queuedBytes} bytes wait to be written, of {maxQueuedBytes} at most. Try again later.");
