using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace DurableObjects.Storage;

/// <summary>
/// Reads commits out of SQLite's write-ahead log, whose format is part of SQLite's promise (sqlite.org/fileformat2.html,
/// "The Write-Ahead Log"). A commit is every frame after the last commit frame up to the next; salts and the running checksum
/// tell frames of this log from what an earlier one left in the file.
/// </summary>
internal sealed class WriteAheadLog : IDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const int FrameBytes = FrameHeaderBytes + SqliteDatabase.PageBytes;
    private const uint Magic = 0x377f0682;

    /// <summary>Frames read at once: most commits have one to four, and a larger one is read in growing steps.</summary>
    private const int FirstRead = 8;

    /// <summary>Bytes that the buffer keeps after a large commit.</summary>
    private const int KeptBytes = 1_024 * 1_024;

    private readonly string _path;
    private SafeFileHandle? _file;
    private byte[] _buffer = new byte[FirstRead * FrameBytes];
    private Position _position;

    private readonly long _maxTurnBytes;

    private WriteAheadLog(string path, long maxTurnBytes)
    {
        _path = path;
        _maxTurnBytes = maxTurnBytes;
    }

    /// <summary>The log of a database that was just opened, at its end.</summary>
    public static WriteAheadLog At(string databasePath, SqliteDatabase database, long maxTurnBytes)
    {
        WriteAheadLog log = new(databasePath + "-wal", maxTurnBytes);
        // Left behind by an activation that was abandoned. A reader may be in the way of emptying it.
        if (File.Exists(log._path) && !database.Checkpoint())
        {
            while (log.ReadCommit() is not null)
            {
            }
        }
        return log;
    }

    /// <summary>Bytes of the log that hold commits.</summary>
    public long Length => _position.Offset;

    /// <summary>To be called when the log was emptied by a checkpoint.</summary>
    public void Restarted() => _position = default;

    /// <summary>
    /// Reads the commit that the connection has just made. Null if there is none, which is what a transaction without changes
    /// leaves.
    /// </summary>
    /// <exception cref="DurableObjectException">The log holds something other than what SQLite writes.</exception>
    public PageChanges? ReadCommit()
    {
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[FirstRead * FrameBytes];
        }
        if (_file is null)
        {
            if (!File.Exists(_path))
            {
                return null;
            }
            _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        // After a full checkpoint SQLite starts the log over with new salts. Until then the next commit follows the last.
        if (_position.Offset > 0 && ReadCommit(_position) is { } next)
        {
            return next;
        }
        return ReadHeader() is { } start && !start.SameLog(_position) ? ReadCommit(start) : null;
    }

    /// <summary>Whether SQLite has no commit in the log that was not read here.</summary>
    public bool HoldsAll(SqliteDatabase database) => database.LogFrames <= Math.Max(0, Length - HeaderBytes) / FrameBytes;

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private Position? ReadHeader()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(_file!, header, 0) < HeaderBytes)
        {
            return null;
        }
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        bool bigEndian = (magic & 1) != 0;
        Checksum sum = default(Checksum).Add(header[..24], bigEndian);
        if ((magic & ~1u) != Magic
            || BinaryPrimitives.ReadUInt32BigEndian(header[8..]) != SqliteDatabase.PageBytes
            || sum != Checksum.Read(header[24..]))
        {
            throw new DurableObjectException(500, ErrorCodes.Corrupt, $"The header of {_path} is not one of SQLite's.");
        }
        return new Position(HeaderBytes, BinaryPrimitives.ReadUInt64BigEndian(header[16..]), sum, bigEndian);
    }

    private PageChanges? ReadCommit(Position start)
    {
        PageChanges? pages = null;
        Checksum sum = start.Sum;
        int held = 0;
        for (int frame = 0; ; frame++)
        {
            int at = frame * FrameBytes;
            if (at + FrameBytes > held)
            {
                if (at + FrameBytes > _buffer.Length)
                {
                    if (_buffer.Length > _maxTurnBytes)
                    {
                        throw new DurableObjectException(
                            413, ErrorCodes.TooLarge,
                            $"The turn changed more than {_maxTurnBytes:N0} bytes of pages, which is the limit. Do it in steps.");
                    }
                    Array.Resize(ref _buffer, _buffer.Length * 2);
                }
                held += RandomAccess.Read(_file!, _buffer.AsSpan(held), start.Offset + held);
                if (at + FrameBytes > held)
                {
                    return null;
                }
            }
            ReadOnlySpan<byte> header = _buffer.AsSpan(at, FrameHeaderBytes);
            ReadOnlyMemory<byte> page = _buffer.AsMemory(at + FrameHeaderBytes, SqliteDatabase.PageBytes);
            if (BinaryPrimitives.ReadUInt64BigEndian(header[8..]) != start.Salts)
            {
                return null;
            }
            sum = sum.Add(header[..8], start.BigEndian).Add(page.Span, start.BigEndian);
            if (sum != Checksum.Read(header[16..]))
            {
                return null;
            }
            uint sizeAfterCommit = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            pages ??= new PageChanges();
            // The newest frame of a page wins: a transaction that outgrew the cache writes some of them more than once.
            pages.Set(BinaryPrimitives.ReadUInt32BigEndian(header), at + FrameHeaderBytes);
            if (sizeAfterCommit != 0)
            {
                pages.Complete(_buffer, sizeAfterCommit);
                _position = new Position(start.Offset + at + FrameBytes, start.Salts, sum, start.BigEndian);
                return pages;
            }
        }
    }

    private readonly record struct Position(long Offset, ulong Salts, Checksum Sum, bool BigEndian)
    {
        public bool SameLog(Position other) => other.Offset > 0 && Salts == other.Salts;
    }

    /// <summary>The running checksum of the log: two sums over 32-bit words, in the byte order that the magic names.</summary>
    private readonly record struct Checksum(uint First, uint Second)
    {
        public static Checksum Read(ReadOnlySpan<byte> source) =>
            new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt32BigEndian(source[4..]));

        public Checksum Add(ReadOnlySpan<byte> data, bool bigEndian)
        {
            (uint first, uint second) = this;
            for (int i = 0; i < data.Length; i += 8)
            {
                ReadOnlySpan<byte> words = data.Slice(i, 8);
                first += second + Word(words, bigEndian);
                second += first + Word(words[4..], bigEndian);
            }
            return new Checksum(first, second);
        }

        private static uint Word(ReadOnlySpan<byte> bytes, bool bigEndian) =>
            bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
