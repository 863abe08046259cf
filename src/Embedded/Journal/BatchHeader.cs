using System.Buffers.Binary;
using DurableObjects.Archive;

namespace DurableObjects.Embedded.Journal;

/// <summary>
/// The first bytes of a batch. A batch begins at a multiple of <see cref="Alignment"/>; then follow its records and zeros up to
/// the next multiple. All numbers are little-endian.
/// </summary>
/// <param name="Journal">
/// A random number, the same in all batches of a journal. It tells files of different journals apart, and keeps a record whose
/// content imitates a batch from being taken for one, since who wrote that content cannot know the number.
/// </param>
/// <param name="Sequence">The number of the batch, from 1, without gaps.</param>
/// <param name="Address">The address of the batch's first byte, which is where it must be found.</param>
/// <param name="PayloadLength">Bytes of the records, with their headers, without the padding.</param>
/// <param name="RecordCount">Number of records.</param>
/// <param name="PayloadChecksum">CRC-32C of the records.</param>
internal readonly record struct BatchHeader(
    ulong Journal, long Sequence, long Address, int PayloadLength, int RecordCount, uint PayloadChecksum)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 48;

    /// <summary>
    /// Bytes of the smallest sector in use. Batches start on it so that a sector never holds parts of two: a batch in flight
    /// can then tear without touching the durable one before it.
    /// </summary>
    public const int Alignment = 512;

    /// <summary>The version of the format, the records' included.</summary>
    public const ushort FormatVersion = 2;

    private const uint Magic = 0x4C4A4F44; // "DOJL"
    private const int ChecksumOffset = Size - sizeof(uint);

    /// <summary>Bytes from this batch's address to the next one's.</summary>
    public long Extent => Align((long)Size + PayloadLength);

    /// <summary>Rounds up to a multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) & -Alignment;

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Journal);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Address);
        BinaryPrimitives.WriteInt32LittleEndian(destination[32..], PayloadLength);
        BinaryPrimitives.WriteInt32LittleEndian(destination[36..], RecordCount);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[40..], PayloadChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Crc32C.Compute(destination[..ChecksumOffset]));
    }

    /// <summary>
    /// Reads a header. False if the bytes are none, or damaged; what it says about a place and a sequence is for the caller to
    /// check. Throws <see cref="NotSupportedException"/> for a whole header of another version.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BatchHeader header)
    {
        header = default;
        if (source.Length < Size
            || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset]))
            return false;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        if (version != FormatVersion)
            throw new NotSupportedException(
                $"The journal holds a batch of format version {version}; this host reads version {FormatVersion}. " +
                "Start the version of the host that wrote it.");
        header = new BatchHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[40..]));
        return header is { PayloadLength: >= 0, RecordCount: > 0 };
    }

    /// <summary>Calls back with each record of the batch; returns what is wrong with them, or null.</summary>
    public string? ReadRecords(ReadOnlySpan<byte> payload, Action<JournalEntry> callback)
    {
        long position = Address + Size;
        for (int i = 0; i < RecordCount; i++)
        {
            RecordHeader record = payload.Length < RecordHeader.Size ? default : RecordHeader.Read(payload);
            if (payload.Length < RecordHeader.Size || record.Length < 0 || record.Length > payload.Length - RecordHeader.Size)
            {
                return $"record {i} of batch {Sequence} goes on behind the batch's end";
            }
            callback(new JournalEntry(position, payload.Slice(RecordHeader.Size, record.Length)));
            payload = payload[(RecordHeader.Size + record.Length)..];
            position += RecordHeader.Size + record.Length;
        }
        return payload.IsEmpty ? null : $"batch {Sequence} holds more than its {RecordCount} records";
    }
}
