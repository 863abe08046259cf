namespace DurableObjects.Embedded.Journal;

/// <summary>
/// A record as it is replayed. Lives on the stack, because its payload lies in a buffer that the next batch overwrites.
/// </summary>
internal readonly ref struct JournalEntry(long position, ReadOnlySpan<byte> payload)
{
    /// <summary>The record's address.</summary>
    public long Position { get; } = position;

    /// <summary>The bytes that the record wrote.</summary>
    public ReadOnlySpan<byte> Payload { get; } = payload;
}
