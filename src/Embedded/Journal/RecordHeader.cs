using System.Buffers.Binary;
using DurableObjects.Archive;

namespace DurableObjects.Embedded.Journal;

/// <summary>The bytes before a record's payload: its length, and a CRC-32C, both 32 bits, little-endian.</summary>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Checksum">
/// CRC-32C of the record's address, its length and its payload. With the address and the length in it, neither a run of zeros
/// nor a record found in another place passes for a record.
/// </param>
internal readonly record struct RecordHeader(int Length, uint Checksum)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 8;

    /// <summary>The header of a payload at an address.</summary>
    public static RecordHeader Of(ReadOnlySpan<byte> payload, long position) =>
        new(payload.Length, Crc32C.Compute(payload, Crc32C.Compute(position, payload.Length)));

    /// <summary>Reads the first <see cref="Size"/> bytes.</summary>
    public static RecordHeader Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadInt32LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));

    /// <summary>Writes the first <see cref="Size"/> bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Checksum);
    }
}
