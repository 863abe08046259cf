namespace DurableObjects.Embedded.Journal;

/// <summary>
/// One record on its way into the journal. The journal does not know what a record means; it keeps its bytes, in order.
/// </summary>
internal interface IJournalRecord
{
    /// <summary>Bytes of the payload, at most <see cref="RecordJournal.MaxRecordBytes"/>. Must not change after the append.</summary>
    int Length { get; }

    /// <summary>
    /// Writes the payload. Called once, on the writer thread, when the position is known: that late, because a record may
    /// hold the position of an earlier one, and that one may have been appended only a moment ago. An exception from here
    /// faults the journal, since records behind this one may depend on it.
    /// </summary>
    /// <param name="destination">Exactly <see cref="Length"/> bytes, with arbitrary content: all of it must be written.</param>
    /// <param name="position">The record's address, by which <see cref="RecordJournal.Read(long)"/> finds it again.</param>
    void WriteTo(Span<byte> destination, long position);

    /// <summary>
    /// The record is on disk. Called on the writer thread, in append order; the next batch waits for it, so it must be cheap.
    /// </summary>
    void OnDurable();

    /// <summary>
    /// The record was not acknowledged and never will be. Called on the writer thread, in append order, and must be cheap; nothing
    /// is accepted until all that failed with it have been told. The journal cuts it off before it goes on. Only if the process
    /// ends before that, it is unknown whether the record is found when the journal is next opened.
    /// </summary>
    /// <param name="error">Why, with the disk's error inside.</param>
    void OnFailed(JournalFaultedException error);
}
