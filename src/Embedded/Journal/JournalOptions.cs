namespace DurableObjects.Embedded.Journal;

/// <summary>Every tunable of the journal, with its unit and its story.</summary>
internal sealed class JournalOptions
{
    /// <summary>
    /// Bytes after which a new file is begun. Old files are the unit of deletion, so small ones give space back sooner; every
    /// new one costs about four fsyncs' time, and start-up reads one file from its beginning. 64 MiB is read in well under a
    /// tenth of a second. A batch that is larger gets a file of its own.
    /// </summary>
    public long FileBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of a batch, record headers included. Large enough to keep a disk streaming, small enough that under overload the
    /// first in a batch does not wait long for the last. A single larger record still goes out, alone.
    /// </summary>
    public int BatchBytes { get; init; } = 8 << 20;

    /// <summary>
    /// Bytes accepted but not yet durable. When the disk is slower than the turns, the queue is where the memory would go.
    /// Beyond this the journal is full, and whoever appends is to wait for room before it makes another record. What is made
    /// already is accepted: it is in memory anyway, and to throw it away would cost more than to write it.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of zeros written ahead of the batches, in one go. A batch that lands on blocks the file already has changes no
    /// metadata, and its fsync writes only the data: measured on ext4, 8 KiB batches take 0.11 ms instead of 0.20 ms. Real
    /// zeros, not reserved space, since the first write into reserved space changes metadata too. With much more in one go,
    /// one batch in a few hundred stands out by its latency; with much less, every tenth batch pays.
    /// </summary>
    public int ZeroedAheadBytes { get; init; } = 1 << 20;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(FileBytes, BatchHeader.Alignment, nameof(FileBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchBytes, BatchHeader.Alignment, nameof(BatchBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchBytes, RecordJournal.MaxRecordBytes, nameof(BatchBytes));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxQueuedBytes, nameof(MaxQueuedBytes));
        ArgumentOutOfRangeException.ThrowIfNegative(ZeroedAheadBytes, nameof(ZeroedAheadBytes));
    }
}
