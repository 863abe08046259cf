using System.Buffers.Binary;
using System.Numerics;

namespace DurableObjects.Archive;

/// <summary>CRC-32C (Castagnoli), which processors compute by themselves, eight bytes at a time.</summary>
public static class Crc32C
{
    /// <summary>The checksum of the bytes, or of what <paramref name="before"/> is the checksum of, followed by the bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    /// <summary>The checksum of a 64-bit number followed by a 32-bit one, little-endian.</summary>
    public static uint Compute(long first, int second) =>
        ~BitOperations.Crc32C(BitOperations.Crc32C(~0u, (ulong)first), (uint)second);
}
