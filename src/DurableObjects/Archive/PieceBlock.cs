using System.Buffers.Binary;
using System.IO.Compression;

namespace DurableObjects.Archive;

/// <summary>
/// The header of a block, 64 bytes: CRC-32C of the rest of it (4), of the stored bytes (4), number of stored bytes (4), of bytes
/// before compression (4), first and last of what it holds (8, 8; commits of a segment, pages of a snapshot), time of the first and
/// of the last (8, 8), and the hash of the head before it (16). The bytes are Brotli's (RFC 7932).
/// </summary>
/// <param name="Stored">Bytes that follow.</param>
/// <param name="Raw">Bytes that they become.</param>
/// <param name="Checksum">CRC-32C of the bytes that follow.</param>
/// <param name="First">The first commit or page.</param>
/// <param name="Last">The last commit or page.</param>
/// <param name="FirstAt">When the first commit was made.</param>
/// <param name="LastAt">When the last commit was made.</param>
/// <param name="Before">The hash of the head before the first commit.</param>
internal readonly record struct PieceBlock(
    int Stored, int Raw, uint Checksum, long First, long Last, DateTimeOffset FirstAt, DateTimeOffset LastAt, UInt128 Before)
{
    public const int HeaderBytes = 64;

    /// <summary>
    /// Bytes of a block before compression; a larger commit has one to itself. To read one commit is to decompress one block, and
    /// larger blocks compress hardly better.
    /// </summary>
    public const int TargetBytes = 256 * 1_024;

    /// <summary>The bytes of the largest block: a commit that is one record of a journal.</summary>
    private const int MaxBytes = 1 << 30;

    // The fastest level that looks for repetitions at all: pages of one table differ by a few bytes from commit to commit.
    private const int Quality = 1;
    private const int WindowBits = 20;

    /// <summary>Compresses content and writes it with its header.</summary>
    public static void Write(
        Stream destination, ReadOnlySpan<byte> content, long first, long last, DateTimeOffset firstAt, DateTimeOffset lastAt,
        UInt128 before)
    {
        byte[] bytes = new byte[HeaderBytes + BrotliEncoder.GetMaxCompressedLength(content.Length)];
        if (!BrotliEncoder.TryCompress(content, bytes.AsSpan(HeaderBytes), out int stored, Quality, WindowBits))
        {
            throw new InvalidOperationException($"A block of {content.Length:N0} bytes could not be compressed.");
        }
        uint checksum = Crc32C.Compute(bytes.AsSpan(HeaderBytes, stored));
        new PieceBlock(stored, content.Length, checksum, first, last, firstAt, lastAt, before).WriteTo(bytes);
        destination.Write(bytes, 0, HeaderBytes + stored);
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static PieceBlock Read(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Crc32C.Compute(header[4..HeaderBytes]))
        {
            throw new InvalidDataException("a block's header does not match its checksum");
        }
        FieldReader reader = new(header[8..]);
        int stored = reader.Int32();
        int raw = reader.Int32();
        PieceBlock block = new(
            stored, raw, BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), reader.Int64(), reader.Int64(),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.Int64()), DateTimeOffset.FromUnixTimeMilliseconds(reader.Int64()),
            BinaryPrimitives.ReadUInt128LittleEndian(header[48..]));
        return stored is >= 0 and <= MaxBytes && raw is >= 0 and <= MaxBytes
            ? block
            : throw new InvalidDataException($"a block cannot have {stored} and {raw} bytes");
    }

    /// <summary>Decompresses what was stored.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public byte[] Decompress(ReadOnlySpan<byte> stored)
    {
        if (Crc32C.Compute(stored) != Checksum)
        {
            throw new InvalidDataException("a block does not match its checksum");
        }
        byte[] content = new byte[Raw];
        return BrotliDecoder.TryDecompress(stored, content, out int written) && written == Raw
            ? content
            : throw new InvalidDataException("a block cannot be decompressed");
    }

    private void WriteTo(Span<byte> header)
    {
        FieldWriter writer = new(header[4..]);
        writer.Int32(unchecked((int)Checksum));
        writer.Int32(Stored);
        writer.Int32(Raw);
        writer.Int64(First);
        writer.Int64(Last);
        writer.Int64(FirstAt.ToUnixTimeMilliseconds());
        writer.Int64(LastAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt128LittleEndian(header[48..], Before);
        BinaryPrimitives.WriteUInt32LittleEndian(header, Crc32C.Compute(header[4..HeaderBytes]));
    }
}
