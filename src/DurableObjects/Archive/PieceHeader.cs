using System.Buffers.Binary;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>
/// The beginning of a piece: magic (4 bytes), version (2), kind (1), 0 (1), length of the header (4), its CRC-32C (4), and the header:
/// object, name of the piece before or null, head before, time of the first commit (8), number of whole commits (4) and their numbers
/// (8 each), number of blocks (4), and the object's summary after the last commit.
/// </summary>
internal sealed record PieceHeader(
    PieceKind Kind, ObjectAddress Address, PieceName? Predecessor, Head Previous, DateTimeOffset FirstAt,
    IReadOnlyList<long> Wholes, int Blocks, ObjectSummary Summary)
{
    /// <summary>Bytes in front of the header.</summary>
    public const int PrefixBytes = 16;

    /// <summary>Bytes of a header at most: a summary's automatic answer is the longest part, and a whole commit takes 256 KiB at least.</summary>
    private const int MaxBytes = 1_024 * 1_024;

    private const uint Magic = 0x50414f44; // "DOAP"
    private const ushort Version = 1;

    /// <summary>The numbers of the commits that a database can be rebuilt from without reading on.</summary>
    public IEnumerable<long> Bases => Kind == PieceKind.Snapshot ? [Summary.Head.Commit] : Wholes;

    /// <summary>Header and prefix as bytes.</summary>
    public byte[] ToBytes()
    {
        string? predecessor = Predecessor?.ToString();
        int length = FieldSize.Address(Address) + FieldSize.Text(predecessor) + FieldSize.Head + 8 + 4 + 8 * Wholes.Count + 4
            + FieldSize.Summary(Summary);
        byte[] bytes = new byte[PrefixBytes + length];
        FieldWriter writer = new(bytes.AsSpan(PrefixBytes));
        writer.Address(Address);
        writer.Text(predecessor);
        writer.Head(Previous);
        writer.Int64(FirstAt.ToUnixTimeMilliseconds());
        writer.Int32(Wholes.Count);
        foreach (long whole in Wholes)
        {
            writer.Int64(whole);
        }
        writer.Int32(Blocks);
        writer.Summary(Summary);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        bytes[6] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <summary>Bytes of the header that follows a prefix.</summary>
    /// <exception cref="InvalidDataException">That is no piece.</exception>
    public static int LengthOf(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length < PrefixBytes || BinaryPrimitives.ReadUInt32LittleEndian(prefix) != Magic)
        {
            throw new InvalidDataException("it does not begin like a piece");
        }
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(prefix[4..]);
        if (version != Version)
        {
            throw new InvalidDataException($"its format has version {version}; this host knows version {Version}");
        }
        int length = BinaryPrimitives.ReadInt32LittleEndian(prefix[8..]);
        return length is > 0 and <= MaxBytes ? length : throw new InvalidDataException($"its header cannot have {length} bytes");
    }

    /// <summary>Reads prefix and header.</summary>
    /// <exception cref="InvalidDataException">They are not what was written.</exception>
    public static PieceHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes))
        {
            throw new InvalidDataException("its header does not match its checksum");
        }
        FieldReader reader = new(bytes[PrefixBytes..]);
        ObjectAddress address = reader.Address();
        PieceName? predecessor = null;
        if (reader.Text() is { } text && !PieceName.TryParse(text, out predecessor))
        {
            throw new InvalidDataException($"it names '{text}' as the piece before it");
        }
        Head previous = reader.Head();
        DateTimeOffset firstAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.Int64());
        long[] wholes = new long[reader.Int32()];
        for (int i = 0; i < wholes.Length; i++)
        {
            wholes[i] = reader.Int64();
        }
        int blocks = reader.Int32();
        return new PieceHeader((PieceKind)bytes[6], address, predecessor, previous, firstAt, wholes, blocks, reader.Summary());
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) => Crc32C.Compute(bytes[PrefixBytes..], Crc32C.Compute(bytes[..12]));
}
