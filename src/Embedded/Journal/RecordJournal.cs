using System.Diagnostics.CodeAnalysis;
using DurableObjects.Embedded.Files;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Journal;

/// <summary>
/// An append-only journal of records with group commit: whatever is appended while one fsync runs goes out together with the
/// next write and the next fsync. All members may be called from any thread.
/// </summary>
/// <remarks>
/// A record's address counts the bytes since the journal began, so it stays its name for as long as its file is kept. The
/// journal is a row of files, each named by the address of its first byte, and each a row of batches
/// (<see cref="BatchHeader"/>), which are rows of records (<see cref="RecordHeader"/>).
/// </remarks>
internal sealed partial class RecordJournal : IDisposable
{
    /// <summary>Bytes of the longest record: 1 GiB, as a batch is assembled in one array.</summary>
    public const int MaxRecordBytes = 1 << 30;

    /// <summary>For <c>replayFrom</c>: whatever files there are, from the oldest on.</summary>
    public const long FromOldest = -1;

    // Most records of a journal of page changes are this small, and are read by one call.
    private const int FirstReadBytes = 1_024;

    private readonly IFolder _folder;
    private readonly JournalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    // Held for a moment only: the writer takes it when it rolls.
    private readonly Lock _segmentsGate = new();
    private readonly Lock _deletionGate = new();
    private JournalSegment[] _segments;
    private long _durable;

    private RecordJournal(
        IFolder folder, JournalOptions options, TimeProvider clock, ILogger logger, RecoveredJournal recovered)
    {
        _folder = folder;
        _options = options;
        _clock = clock;
        _logger = logger;
        _segments = recovered.Segments;
        _durable = recovered.End;
        _journal = recovered.Journal;
        _sequence = recovered.LastSequence;
        _lastBatch = recovered.LastBatch;
        _end = recovered.End;
        _zeroed = recovered.End;
        _writer = new Thread(Write) { IsBackground = true, Name = "journal writer" };
        _writer.Start();
    }

    /// <summary>
    /// A new file was begun, at this address: everything before it is durable and acknowledged, everything appended from now on
    /// comes behind it, so it is the place to replay from for who writes a snapshot now. Called on the writer thread, must be
    /// cheap, and may append.
    /// </summary>
    public event Action<long>? Rolled;

    /// <summary>
    /// The journal can write again after it could not. Called on the writer thread, must be cheap, and may append.
    /// </summary>
    public event Action? Recovered;

    /// <summary>
    /// The address up to which everything is durable. Always one to replay from; every durable record lies before it.
    /// </summary>
    public long DurablePosition => Volatile.Read(ref _durable);

    /// <summary>The address of the oldest byte kept.</summary>
    public long OldestPosition => Volatile.Read(ref _segments)[0].Start;

    /// <summary>Bytes of the journal that are kept and durable.</summary>
    public long Length => DurablePosition - OldestPosition;

    /// <summary>Why nothing can be appended until the journal can write again; null while all is well.</summary>
    public Exception? Fault => Volatile.Read(ref _fault);

    /// <summary>
    /// How often the journal could write again after it could not. Who appends records that build upon each other looks at it
    /// before it looks whether one of them has failed, and gives it to <see cref="Append"/>.
    /// </summary>
    public long Recoveries => Volatile.Read(ref _recoveries);

    /// <summary>Whether <see cref="JournalOptions.MaxQueuedBytes"/> wait for the disk.</summary>
    public bool IsFull => Volatile.Read(ref _queuedBytes) >= _options.MaxQueuedBytes;

    /// <summary>What was done since the journal was opened.</summary>
    public JournalMetrics Metrics => new(
        Volatile.Read(ref _batches), Volatile.Read(ref _records), Volatile.Read(ref _bytes), Volatile.Read(ref _flushes),
        Volatile.Read(ref _queuedBytes), Recoveries);

    /// <summary>Opens the journal in a folder on disk, which is created if it does not exist.</summary>
    /// <inheritdoc cref="Open(IFolder, JournalOptions, long, Action{JournalEntry}, TimeProvider, ILogger)"/>
    public static RecordJournal Open(
        string folder, JournalOptions options, long replayFrom, Action<JournalEntry> replay, TimeProvider clock, ILogger logger) =>
        Open(new DiskFolder(folder), options, replayFrom, replay, clock, logger);

    /// <summary>
    /// Opens the journal: verifies it, replays its records in order, cuts off an unfinished last batch, and starts the writer.
    /// One process at a time: the folder's owner sees to that.
    /// </summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="options">The tunables.</param>
    /// <param name="replayFrom">
    /// The address of the first record to replay: 0 for everything since the journal began; an earlier
    /// <see cref="DurablePosition"/> or what <see cref="Rolled"/> gave; or <see cref="FromOldest"/>. What lies between it and
    /// the end must exist, the end included, or the journal is corrupt.
    /// </param>
    /// <param name="replay">Called for each record, in order. Its exceptions end the opening.</param>
    /// <param name="clock">Times the attempts to write again after a fault.</param>
    /// <param name="logger">Told of a cut, of new files and of faults.</param>
    /// <exception cref="JournalCorruptException">Something acknowledged is missing or damaged.</exception>
    /// <exception cref="NotSupportedException">The journal is in a format of another version.</exception>
    /// <exception cref="ArgumentException">No batch begins at <paramref name="replayFrom"/>, or an option is out of range.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static RecordJournal Open(
        IFolder folder, JournalOptions options, long replayFrom, Action<JournalEntry> replay, TimeProvider clock,
        ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replayFrom, FromOldest);
        options.Validate();
        return new RecordJournal(folder, options, clock, logger, JournalRecovery.Run(folder, replayFrom, replay, logger));
    }

    /// <summary>
    /// Puts a record in the queue; its order there is its order in the journal. Never waits for the disk. After this returns,
    /// the record gets exactly one of <see cref="IJournalRecord.OnDurable"/> and <see cref="IJournalRecord.OnFailed"/>; after
    /// an exception, none.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="recoveries">
    /// What <see cref="Recoveries"/> was when the record was known to have all that it builds upon; without it, it builds upon
    /// nothing that may have failed.
    /// </param>
    /// <exception cref="JournalFaultedException">
    /// An earlier write failed and the journal cannot write yet, or it has recovered from such a fault since
    /// <paramref name="recoveries"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The journal is closing.</exception>
    /// <exception cref="ArgumentException">The record is longer than <see cref="MaxRecordBytes"/>.</exception>
    public void Append(IJournalRecord record, long? recoveries = null)
    {
        var length = record.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(record));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxRecordBytes, nameof(record));
        var bytes = RecordHeader.Size + length;
        lock (_queueGate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            if (_fault is { } fault)
                throw new JournalFaultedException(fault);
            if (recoveries is { } before && before != _recoveries)
                throw new JournalFaultedException(_lastFault!);
            _queuedBytes += bytes;
            _queue.Enqueue(new PendingRecord(record, length));
            // With more in the queue the writer is awake, or about to be.
            if (_queue.Count == 1)
                Monitor.Pulse(_queueGate);
        }
    }

    /// <summary>Ends when the journal is not full, or cannot write at all.</summary>
    public Task WaitForRoomAsync()
    {
        if (!IsFull)
            return Task.CompletedTask;
        lock (_queueGate)
        {
            if (!IsFull)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Reads the payload of a durable record.</summary>
    /// <inheritdoc cref="TryRead"/>
    /// <exception cref="ArgumentOutOfRangeException">The address is not durable yet, or its file was deleted.</exception>
    public byte[] Read(long position) => TryRead(position, out var payload) ? payload : throw Deleted(position);

    /// <summary>Reads the payload of a durable record; false if its file was deleted.</summary>
    /// <param name="position">The address that the record was given.</param>
    /// <param name="payload">What the record wrote.</param>
    /// <exception cref="ArgumentOutOfRangeException">The address is not durable yet.</exception>
    /// <exception cref="JournalCorruptException">No record lies there, or it does not match its checksum.</exception>
    public bool TryRead(long position, [NotNullWhen(true)] out byte[]? payload)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closing), this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, DurablePosition);
        payload = null;
        if (!JournalSegment.TryFind(Volatile.Read(ref _segments), position, out var segment))
            return false;
        try
        {
            payload = Read(segment, position);
            return true;
        }
        catch (ObjectDisposedException) when (!Volatile.Read(ref _closing))
        {
            return false;
        }
    }

    /// <summary>
    /// Deletes the files whose every byte lies before an address. The file that holds the last batch stays in any case, because
    /// the next batch continues its numbers.
    /// </summary>
    /// <exception cref="IOException">The disk refused; the next call tries again.</exception>
    public void DeleteBefore(long position)
    {
        lock (_deletionGate)
        {
            var limit = Math.Min(position, Volatile.Read(ref _lastBatch));
            while (Volatile.Read(ref _segments) is [var oldest, { Start: var end }, ..] && end <= limit)
            {
                // First, so that it is tried again if it fails: with the next file gone before this one, one would be missing.
                _folder.Delete(JournalSegment.NameOf(oldest.Start));
                lock (_segmentsGate)
                    Volatile.Write(ref _segments, _segments[1..]);
                oldest.Dispose();
                // One by one: if a power failure undid an earlier deletion and not a later one, a file would be missing.
                _folder.Flush();
                LogDeleted(oldest.File.Path);
            }
        }
    }

    /// <summary>
    /// Writes and flushes what is queued, ends the writer and closes the files. Waits for all of it. Records get their answer
    /// before this returns.
    /// </summary>
    public void Dispose()
    {
        if (Thread.CurrentThread == _writer)
            throw new InvalidOperationException("The journal cannot be closed from its own callbacks, which it would wait for.");
        lock (_queueGate)
        {
            _closing = true;
            Monitor.PulseAll(_queueGate);
        }
        _writer.Join();
        lock (_segmentsGate)
        {
            foreach (var segment in _segments)
                segment.Dispose();
        }
    }

    private byte[] Read(JournalSegment segment, long position)
    {
        var offset = position - segment.Start;
        Span<byte> first = stackalloc byte[FirstReadBytes];
        first = first[..segment.File.Read(first, offset)];
        if (first.Length < RecordHeader.Size)
            throw NoRecord();
        var header = RecordHeader.Read(first);
        if (header.Length < 0 || header.Length > DurablePosition - position - RecordHeader.Size)
            throw NoRecord();
        var payload = GC.AllocateUninitializedArray<byte>(header.Length);
        var have = Math.Min(first.Length - RecordHeader.Size, header.Length);
        first.Slice(RecordHeader.Size, have).CopyTo(payload);
        if (have < payload.Length
            && segment.File.Read(payload.AsSpan(have), offset + RecordHeader.Size + have) < payload.Length - have)
            throw NoRecord();
        return RecordHeader.Of(payload, position) == header ? payload : throw NoRecord();

        JournalCorruptException NoRecord() =>
            new(segment.File.Path, offset, $"no record with a matching checksum is at address {position:x16}");
    }

    private static ArgumentOutOfRangeException Deleted(long position) =>
        new(nameof(position), $"The journal file that held address {position:x16} was deleted.");
}
