using DurableObjects.Archive;
using DurableObjects.Embedded.Files;

namespace DurableObjects.Embedded.Journal;

// Reading whole files that are not written any more, for who moves their records elsewhere.
internal sealed partial class RecordJournal
{
    /// <summary>The address of the first byte of each file, oldest first. All but the last are complete.</summary>
    public IReadOnlyList<long> Files => [.. Volatile.Read(ref _segments).Select(segment => segment.Start)];

    /// <summary>Bytes of the file that begins at an address.</summary>
    public long LengthOf(long start) => Find(start).File.Length;

    /// <summary>Reads every record of a complete file, in order.</summary>
    /// <param name="start">The address of the file's first byte.</param>
    /// <param name="record">Called for each.</param>
    /// <exception cref="JournalCorruptException">The file does not hold what was written.</exception>
    public void Scan(long start, Action<JournalEntry> record)
    {
        JournalSegment segment = Find(start);
        FileWindow window = new(segment.File);
        for (long offset = 0; offset < segment.File.Length;)
        {
            if (!BatchHeader.TryRead(window.Get(offset, BatchHeader.Size), out BatchHeader header)
                || header.Address != start + offset
                || header.PayloadLength > segment.File.Length - offset - BatchHeader.Size)
            {
                throw new JournalCorruptException(segment.File.Path, offset, "no whole batch is there");
            }
            ReadOnlySpan<byte> payload = window.Get(offset, BatchHeader.Size + header.PayloadLength)[BatchHeader.Size..];
            string? wrong = Crc32C.Compute(payload) == header.PayloadChecksum
                ? header.ReadRecords(payload, record)
                : "its records do not match their checksum";
            if (wrong is not null)
            {
                throw new JournalCorruptException(segment.File.Path, offset, wrong);
            }
            offset += header.Extent;
        }
    }

    /// <summary>Has a new file begun, unless nothing was written to the active one yet; ends when all before is complete.</summary>
    public Task RollAsync()
    {
        lock (_queueGate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            if (_fault is { } fault)
            {
                throw new JournalFaultedException(fault);
            }
            _rollRequested ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Monitor.Pulse(_queueGate);
            return _rollRequested.Task;
        }
    }

    /// <summary>Begins a new file for whoever asked for it, on the writer thread; false if nobody did.</summary>
    private bool TryRollAsRequested()
    {
        if (Volatile.Read(ref _rollRequested) is null)
        {
            return false;
        }
        if (_end > Active.Start)
        {
            Roll();
        }
        Interlocked.Exchange(ref _rollRequested, null)?.TrySetResult();
        return true;
    }

    private JournalSegment Find(long start) =>
        Volatile.Read(ref _segments).FirstOrDefault(segment => segment.Start == start) ?? throw Deleted(start);
}
