using System.Security.Cryptography;
using DurableObjects.Archive;
using DurableObjects.Embedded.Files;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Journal;

/// <summary>
/// Reads the journal at start: verifies every batch, replays the records, tells the trace of a crash from damage, and removes
/// the first.
/// </summary>
/// <remarks>
/// The rule rests on the writer's order: a batch is written only after its predecessor's fsync, a file is created only after
/// the one before it was cut to its exact length and flushed. So a crash can spoil the last batch, and nothing else. Whatever
/// later thing exists, be it only another batch's header, is proof that what is bad before it was once good and durable.
/// </remarks>
internal sealed partial class JournalRecovery
{
    private readonly IFolder _folder;
    private readonly JournalSegment[] _segments;
    private readonly long _replayFrom;
    private readonly Action<JournalEntry> _replay;
    private readonly ILogger _logger;
    private ulong? _journal;
    private BatchHeader? _lastBatch;
    private long _records;

    private JournalRecovery(
        IFolder folder, JournalSegment[] segments, long replayFrom, Action<JournalEntry> replay, ILogger logger)
    {
        _folder = folder;
        _segments = segments;
        _replayFrom = replayFrom;
        _replay = replay;
        _logger = logger;
    }

    /// <summary>Opens all files of the folder and leaves them verified, clean and durable up to <see cref="RecoveredJournal.End"/>.</summary>
    public static RecoveredJournal Run(IFolder folder, long replayFrom, Action<JournalEntry> replay, ILogger logger)
    {
        var starts = new List<long>();
        foreach (var name in folder.List())
        {
            if (JournalSegment.TryParse(name, out var start))
                starts.Add(start);
        }
        starts.Sort();
        var segments = new List<JournalSegment>();
        try
        {
            foreach (var start in starts)
                segments.Add(new JournalSegment(start, folder.Open(JournalSegment.NameOf(start))));
            if (segments.Count == 0 && replayFrom is 0 or RecordJournal.FromOldest)
                segments.Add(new JournalSegment(0, folder.Create(JournalSegment.NameOf(0))));
            return new JournalRecovery(folder, [.. segments], replayFrom, replay, logger).Run();
        }
        catch
        {
            foreach (var segment in segments)
                segment.Dispose();
            throw;
        }
    }

    private RecoveredJournal Run()
    {
        CheckFiles();
        var last = _segments.Length - 1;
        var first = 0;
        while (first < last && _segments[first + 1].Start <= _replayFrom)
            first++;
        // The numbers of the next batch come from the last one. A crash right after a roll leaves a last file without any.
        if (first == last && first > 0
            && ReadBatch(_segments[last], new FileWindow(_segments[last].File), 0, out _, out _) is not null)
            first--;

        for (var i = first; i < last; i++)
            ScanClosed(_segments[i]);
        var end = ScanActive(_segments[last]);
        if (_lastBatch is null && end > 0)
            throw Corrupt(_segments[last], 0, "it holds no batch, and the file before it, whose numbers it continues, is missing");
        if (end < _replayFrom)
            throw Corrupt(_segments[last], end - _segments[last].Start,
                $"the journal ends here, at address {end:x16}, but had been durable up to {_replayFrom:x16}");
        Clean(_segments[last], end);
        LogOpened(_folder.Path, _segments.Length, _segments[0].Start, end, _records);
        return new RecoveredJournal(
            _segments, _journal ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))),
            _lastBatch?.Sequence ?? 0, _lastBatch?.Address ?? 0, end);
    }

    private void CheckFiles()
    {
        if (_segments.Length == 0 || (_replayFrom >= 0 && _replayFrom < _segments[0].Start))
            throw new JournalCorruptException(
                Path.Combine(_folder.Path, JournalSegment.NameOf(_segments.Length == 0 ? 0 : _replayFrom)), 0,
                $"the records from address {_replayFrom:x16} on are needed, but " +
                (_segments.Length == 0 ? "no journal file exists" : $"the oldest file is {_segments[0].File.Path}"));
        for (var i = 0; i < _segments.Length; i++)
        {
            var segment = _segments[i];
            if (segment.Start % BatchHeader.Alignment != 0)
                throw Corrupt(segment, 0, $"its name is not a multiple of {BatchHeader.Alignment}, so it was renamed");
            if (i + 1 == _segments.Length)
                break;
            var (end, next) = (segment.Start + segment.File.Length, _segments[i + 1].Start);
            if (end < next)
                throw Corrupt(segment, segment.File.Length,
                    $"it ends at address {end:x16}, but the next file begins at {next:x16}: either this file was cut short, or " +
                    $"{JournalSegment.NameOf(end)} is missing");
            if (end > next)
                throw Corrupt(segment, next - segment.Start,
                    $"it reaches to address {end:x16}, but the next file begins at {next:x16}");
        }
    }

    /// <summary>Scans a file that has a successor, and so must be whole.</summary>
    private void ScanClosed(JournalSegment segment)
    {
        var window = new FileWindow(segment.File);
        for (long offset = 0; offset < segment.File.Length;)
        {
            if (ReadBatch(segment, window, offset, out var header, out var payload) is { } reason)
                throw Corrupt(segment, offset, reason);
            Accept(segment, offset, header, payload);
            offset += header.Extent;
        }
    }

    /// <summary>Scans the last file; returns the address behind its last good batch.</summary>
    private long ScanActive(JournalSegment segment)
    {
        var window = new FileWindow(segment.File);
        long offset = 0;
        while (offset < segment.File.Length)
        {
            if (ReadBatch(segment, window, offset, out var header, out var payload) is { } reason)
            {
                if (FindLater(segment, window, offset) is { } later)
                    throw Corrupt(segment, offset, $"{reason}, but a later batch follows it at byte {later}");
                break;
            }
            Accept(segment, offset, header, payload);
            offset += header.Extent;
        }
        return segment.Start + offset;
    }

    /// <summary>Reads the batch at an offset; returns what is wrong with it, or null.</summary>
    private string? ReadBatch(
        JournalSegment segment, FileWindow window, long offset, out BatchHeader header, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!BatchHeader.TryRead(window.Get(offset, BatchHeader.Size), out header))
            return "no whole batch header is there";
        if (_journal is { } journal && header.Journal != journal)
            return "the batch belongs to another journal";
        if (header.Address != segment.Start + offset)
            return $"the batch belongs to address {header.Address:x16}";
        if (_lastBatch is { } lastBatch && header.Sequence != lastBatch.Sequence + 1)
            return $"it is batch {header.Sequence} where batch {lastBatch.Sequence + 1} belongs";
        if (header.PayloadLength > segment.File.Length - offset - BatchHeader.Size)
            return $"batch {header.Sequence} goes on behind the end of the file";
        payload = window.Get(offset, BatchHeader.Size + header.PayloadLength)[BatchHeader.Size..];
        return Crc32C.Compute(payload) == header.PayloadChecksum
            ? null
            : $"the records of batch {header.Sequence} do not match their checksum";
    }

    /// <summary>
    /// Looks for the header of a batch later than the one that is bad at an offset. The header is enough: it was not written
    /// before the bad batch was durable.
    /// </summary>
    private long? FindLater(JournalSegment segment, FileWindow window, long bad)
    {
        for (var offset = bad; offset < segment.File.Length; offset += BatchHeader.Alignment)
        {
            if (BatchHeader.TryRead(window.Get(offset, BatchHeader.Size), out var header)
                && (_journal is null || header.Journal == _journal)
                && header.Address == segment.Start + offset
                && header.Sequence > (_lastBatch?.Sequence ?? 0) + 1)
                return offset;
        }
        return null;
    }

    private void Accept(JournalSegment segment, long offset, BatchHeader header, ReadOnlySpan<byte> payload)
    {
        _journal = header.Journal;
        _lastBatch = header;
        if (header.Address < _replayFrom)
        {
            if (header.Address + header.Extent > _replayFrom)
                throw new ArgumentException($"No batch begins at address {_replayFrom:x16}, from which to replay.");
            return;
        }
        _records += header.RecordCount;
        if (header.ReadRecords(payload, _replay) is { } wrong)
            throw Corrupt(segment, offset, wrong);
    }

    /// <summary>
    /// Makes the last file end with its last good batch, on the disk itself.
    /// </summary>
    private void Clean(JournalSegment segment, long end)
    {
        var length = end - segment.Start;
        if (FindRemnant(segment, length) is { } remnant)
            LogCut(segment.File.Path, length, remnant);
        if (segment.File.Length != length)
            segment.File.SetLength(length);
        // After a crash of the process, or a failed fsync, the last batch may be whole in the page cache and not on the disk,
        // and after a failed fsync nobody remembers that it needs writing. The same bytes again, over themselves, cannot tear.
        if (_lastBatch is { } batch && batch.Address >= segment.Start)
        {
            var bytes = new byte[batch.Extent];
            segment.File.Read(bytes, batch.Address - segment.Start);
            segment.File.Write(bytes, batch.Address - segment.Start);
        }
        segment.File.Flush();
        _folder.Flush();
    }

    /// <summary>The offset of the first byte, from an offset on, that is not one of the zeros written ahead.</summary>
    private static long? FindRemnant(JournalSegment segment, long offset)
    {
        var window = new FileWindow(segment.File);
        while (offset < segment.File.Length)
        {
            var bytes = window.Get(offset, 1 << 16);
            if (bytes.IndexOfAnyExcept((byte)0) is >= 0 and var index)
                return offset + index;
            offset += bytes.Length;
        }
        return null;
    }

    private static JournalCorruptException Corrupt(JournalSegment segment, long offset, string reason) =>
        new(segment.File.Path, offset, reason);
}
