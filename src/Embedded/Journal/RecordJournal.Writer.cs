using System.Numerics;
using DurableObjects.Archive;

namespace DurableObjects.Embedded.Journal;

/// <summary>The writer: one thread of its own, so that the thread pool's load never delays a commit, nor a slow disk the pool.</summary>
internal sealed partial class RecordJournal
{
    private const int OnlyRoll = -1;

    // A plain object, since the writer waits on it, which a Lock does not offer.
    private readonly object _queueGate = new();
    private readonly Queue<PendingRecord> _queue = new();
    private readonly Thread _writer;
    private readonly ulong _journal;
    private readonly List<PendingRecord> _batch = [];
    private byte[] _buffer = [];
    private byte[]? _zeros;
    private long _end;
    private long _zeroed;
    private long _sequence;
    private long _lastBatch;
    private long _queuedBytes;
    private TaskCompletionSource? _rollRequested;
    private bool _closing;
    private Exception? _fault;
    private Exception? _lastFault;
    private long _recoveries;
    private TaskCompletionSource? _room;
    private long _batches;
    private long _records;
    private long _bytes;
    private long _flushes;

    private JournalSegment Active => Volatile.Read(ref _segments)[^1];

    private void Write()
    {
        do
        {
            try
            {
                while (Take() is not 0 and var payloadLength)
                {
                    if (TryRollAsRequested() && payloadLength < 0)
                        continue;
                    WriteBatch(payloadLength);
                    Acknowledge(payloadLength);
                }
                TrimActive();
                return;
            }
            catch (Exception cause)
            {
                Fail(cause);
            }
        }
        while (Recover());
    }

    /// <summary>
    /// Waits for records and moves as many as fit to the batch; returns their bytes, 0 when the journal closes, or
    /// <see cref="OnlyRoll"/>.
    /// </summary>
    private int Take()
    {
        lock (_queueGate)
        {
            while (_queue.Count == 0)
            {
                if (_rollRequested is not null)
                    return OnlyRoll;
                if (_closing)
                    return 0;
                Monitor.Wait(_queueGate);
            }
            var payloadLength = 0;
            do
            {
                var pending = _queue.Dequeue();
                _batch.Add(pending);
                payloadLength += RecordHeader.Size + pending.Length;
            }
            while (_queue.TryPeek(out var next) && (long)payloadLength + RecordHeader.Size + next.Length <= _options.BatchBytes);
            return payloadLength;
        }
    }

    private void WriteBatch(int payloadLength)
    {
        var extent = (int)BatchHeader.Align((long)BatchHeader.Size + payloadLength);
        if (_end > Active.Start && _end + extent - Active.Start > _options.FileBytes)
            Roll();
        Active.File.Write(Assemble(payloadLength, extent), _end - Active.Start);
        WriteZerosAhead(_end + extent);
        Flush();
        Volatile.Write(ref _lastBatch, _end);
        _end += extent;
        _sequence++;
        // A rare huge record must not keep its memory for ever.
        if (_buffer.Length > 2L * _options.BatchBytes)
            _buffer = [];
    }

    private ReadOnlySpan<byte> Assemble(int payloadLength, int extent)
    {
        if (_buffer.Length < extent)
            _buffer = GC.AllocateUninitializedArray<byte>(
                extent > _options.BatchBytes ? extent : (int)BitOperations.RoundUpToPowerOf2((uint)extent));
        var bytes = _buffer.AsSpan(0, extent);
        var at = BatchHeader.Size;
        foreach (var pending in _batch)
        {
            var payload = bytes.Slice(at + RecordHeader.Size, pending.Length);
            pending.Record.WriteTo(payload, _end + at);
            RecordHeader.Of(payload, _end + at).WriteTo(bytes[at..]);
            at += RecordHeader.Size + pending.Length;
        }
        bytes[at..].Clear();
        new BatchHeader(
            _journal, _sequence + 1, _end, payloadLength, _batch.Count,
            Crc32C.Compute(bytes.Slice(BatchHeader.Size, payloadLength))).WriteTo(bytes);
        return bytes;
    }

    /// <summary>Prepares the blocks of the next batches in the same flush as this one's, if this one used up what was there.</summary>
    private void WriteZerosAhead(long batchEnd)
    {
        if (batchEnd > _zeroed)
            WriteZeros(batchEnd);
    }

    private void WriteZeros(long batchEnd)
    {
        _zeroed = Math.Max(batchEnd, Math.Min(batchEnd + _options.ZeroedAheadBytes, Active.Start + _options.FileBytes));
        if (_zeroed == batchEnd)
            return;
        _zeros ??= new byte[_options.ZeroedAheadBytes];
        Active.File.Write(_zeros.AsSpan(0, (int)(_zeroed - batchEnd)), batchEnd - Active.Start);
    }

    private void Roll()
    {
        // In this order: that a file exists proves that the one before it is whole and ends where this one begins.
        TrimActive();
        var segment = new JournalSegment(_end, _folder.Create(JournalSegment.NameOf(_end)));
        lock (_segmentsGate)
            Volatile.Write(ref _segments, [.. _segments, segment]);
        _folder.Flush();
        TellRolled(segment);
    }

    private void TellRolled(JournalSegment segment)
    {
        LogRolled(segment.File.Path);
        try
        {
            Rolled?.Invoke(_end);
        }
        catch (Exception error)
        {
            LogCallbackFailed(error, nameof(Rolled));
        }
    }

    /// <summary>Cuts the zeros off.</summary>
    private void TrimActive()
    {
        if (_zeroed == _end)
            return;
        Active.File.SetLength(_end - Active.Start);
        Flush();
        _zeroed = _end;
    }

    private void Flush()
    {
        Active.File.Flush();
        Volatile.Write(ref _flushes, _flushes + 1);
    }

    private void Acknowledge(int payloadLength)
    {
        Volatile.Write(ref _batches, _batches + 1);
        Volatile.Write(ref _records, _records + _batch.Count);
        Volatile.Write(ref _bytes, _bytes + (_end - _durable));
        Volatile.Write(ref _durable, _end);
        _retry = FirstRetry;
        TaskCompletionSource? room = null;
        lock (_queueGate)
        {
            _queuedBytes -= payloadLength;
            if (!IsFull)
                (room, _room) = (_room, null);
        }
        room?.SetResult();
        foreach (var pending in _batch)
        {
            try
            {
                pending.Record.OnDurable();
            }
            catch (Exception error)
            {
                // The next record is as durable as this one, and is owed its answer.
                LogCallbackFailed(error, nameof(IJournalRecord.OnDurable));
            }
        }
        _batch.Clear();
    }

    private void Fail(Exception cause)
    {
        TaskCompletionSource? room;
        lock (_queueGate)
        {
            _fault = cause;
            _lastFault = cause;
            _batch.AddRange(_queue);
            _queue.Clear();
            _queuedBytes = 0;
            (room, _room) = (_room, null);
        }
        room?.SetResult();
        LogFaulted(cause, Active.File.Path, _batch.Count);
        var fault = new JournalFaultedException(cause);
        Interlocked.Exchange(ref _rollRequested, null)?.TrySetException(fault);
        foreach (var pending in _batch)
        {
            try
            {
                pending.Record.OnFailed(fault);
            }
            catch (Exception error)
            {
                LogCallbackFailed(error, nameof(IJournalRecord.OnFailed));
            }
        }
        _batch.Clear();
    }
}
