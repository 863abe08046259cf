using System.Buffers.Text;
using System.IO.Compression;

namespace DurableObjects.Functions.Wire;

/// <summary>
/// Bytes as a text that JSON does not escape: one byte that says whether what follows is compressed (Brotli, RFC 7932), in the URL-safe
/// alphabet of Base64 (RFC 4648, section 5), since the ordinary one's plus sign would take six characters.
/// </summary>
public static class Packed
{
    private const byte Plain = 0;
    private const byte Compressed = 1;

    /// <summary>Bytes below which compression does not pay.</summary>
    private const int CompressedFrom = 96;

    /// <summary>Bytes that a packed text may become: the largest request as JSON with Base64 inside, and as much again.</summary>
    private const int MaxBytes = 64 * 1_024 * 1_024;

    /// <summary>Packs bytes; compressed, if that makes them fewer.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= CompressedFrom)
        {
            byte[] compressed = new byte[1 + BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
            if (BrotliEncoder.TryCompress(bytes, compressed.AsSpan(1), out int written, quality: 4, window: 18) && written < bytes.Length)
            {
                compressed[0] = Compressed;
                return compressed[..(written + 1)];
            }
        }
        return [Plain, .. bytes];
    }

    /// <summary>What was packed.</summary>
    /// <exception cref="InvalidDataException">That is nothing that was packed.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        if (packed.Length == 0 || packed[0] > Compressed)
        {
            throw new InvalidDataException("The text is not one that this host has packed.");
        }
        if (packed[0] == Plain)
        {
            return packed[1..].ToArray();
        }
        using BrotliDecoder decoder = new();
        using MemoryStream result = new();
        byte[] buffer = new byte[16 * 1_024];
        ReadOnlySpan<byte> rest = packed[1..];
        while (true)
        {
            System.Buffers.OperationStatus status = decoder.Decompress(rest, buffer, out int consumed, out int written);
            result.Write(buffer, 0, written);
            rest = rest[consumed..];
            if (status == System.Buffers.OperationStatus.Done)
            {
                return result.ToArray();
            }
            if (status != System.Buffers.OperationStatus.DestinationTooSmall || result.Length > MaxBytes)
            {
                throw new InvalidDataException("The packed text is damaged.");
            }
        }
    }

    /// <summary>Packed bytes as text.</summary>
    public static string ToText(ReadOnlySpan<byte> packed) => Base64Url.EncodeToString(packed);

    /// <summary>The packed bytes of a text.</summary>
    /// <exception cref="InvalidDataException">It is not in the alphabet.</exception>
    public static byte[] FromText(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException error)
        {
            throw new InvalidDataException("The text is not one that this host has packed.", error);
        }
    }
}
