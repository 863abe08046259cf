using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Effects as bytes: a byte that says how the rest is packed, then each effect as its kind and its fields, numbers in the base-128
/// encoding of .NET's <see cref="BinaryWriter.Write7BitEncodedInt"/>. What is larger than <see cref="CompressedFrom"/> is compressed.
/// </summary>
public static class SocketEffectCodec
{
    /// <summary>Bytes from which compressing pays: below, what it saves is less than what a record around it takes.</summary>
    public const int CompressedFrom = 1_024;

    /// <summary>
    /// Bytes that compressed effects may grow to, against a damaged length: what a turn may send, and as many receivers again.
    /// </summary>
    private const int MaxBytes = 16 * Limits.SocketSendBytes;

    private const byte Plain = 1;
    private const byte Compressed = 2;

    // The middle of Brotli's range: JSON shrinks nearly as far as at its end, in a tenth of the time.
    private const int Quality = 4;
    private const int WindowBits = 18;

    private enum Kind : byte
    {
        Join = 1,
        Send = 2,
        GroupSend = 3,
        Close = 4,
    }

    /// <summary>The effects as bytes.</summary>
    public static byte[] Encode(IReadOnlyList<RelayEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        using MemoryStream stream = new();
        using (BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Plain);
            writer.Write7BitEncodedInt(effects.Count);
            foreach (RelayEffect effect in effects)
            {
                Write(writer, effect);
            }
        }
        ReadOnlySpan<byte> plain = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        return plain.Length > CompressedFrom ? Compress(plain) : plain.ToArray();
    }

    /// <summary>The effects that were encoded.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Encode"/> makes.</exception>
    public static IReadOnlyList<RelayEffect> Decode(ReadOnlyMemory<byte> encoded)
    {
        byte[] plain = encoded.IsEmpty
            ? throw Damaged("they are empty")
            : encoded.Span[0] switch
            {
                Plain => encoded.ToArray(),
                Compressed => Decompress(encoded.Span[1..]),
                byte other => throw Damaged($"they begin with {other}"),
            };
        using BinaryReader reader = new(new MemoryStream(plain, writable: false), Encoding.UTF8);
        try
        {
            reader.ReadByte();
            int count = reader.Read7BitEncodedInt();
            List<RelayEffect> effects = [];
            for (int i = 0; i < count; i++)
            {
                effects.Add(Read(reader));
            }
            return reader.BaseStream.Position == plain.Length ? effects : throw Damaged("they go on behind their end");
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException)
        {
            throw Damaged("they end too early", error);
        }
    }

    private static void Write(BinaryWriter writer, RelayEffect effect)
    {
        switch (effect)
        {
            case RelayJoin join:
                writer.Write((byte)Kind.Join);
                writer.Write(join.ConnectionId);
                break;
            case RelaySend send:
                writer.Write((byte)Kind.Send);
                Write(writer, send.ConnectionIds);
                Write(writer, send.Target, send.Arguments);
                break;
            case RelayGroupSend send:
                writer.Write((byte)Kind.GroupSend);
                Write(writer, send.Except);
                Write(writer, send.Target, send.Arguments);
                break;
            case RelayClose close:
                writer.Write((byte)Kind.Close);
                writer.Write(close.ConnectionId);
                writer.Write(close.Reason);
                break;
            default:
                throw new NotSupportedException($"The effect {effect.GetType().Name} has no encoding.");
        }
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<string> ids)
    {
        writer.Write7BitEncodedInt(ids.Count);
        foreach (string id in ids)
        {
            writer.Write(id);
        }
    }

    private static void Write(BinaryWriter writer, string target, IReadOnlyList<ReadOnlyMemory<byte>> arguments)
    {
        writer.Write(target);
        writer.Write7BitEncodedInt(arguments.Count);
        foreach (ReadOnlyMemory<byte> argument in arguments)
        {
            writer.Write7BitEncodedInt(argument.Length);
            writer.Write(argument.Span);
        }
    }

    private static RelayEffect Read(BinaryReader reader)
    {
        Kind kind = (Kind)reader.ReadByte();
        return kind switch
        {
            Kind.Join => new RelayJoin(reader.ReadString()),
            Kind.Send => new RelaySend(ReadIds(reader), reader.ReadString(), ReadArguments(reader)),
            Kind.GroupSend => new RelayGroupSend(ReadIds(reader), reader.ReadString(), ReadArguments(reader)),
            Kind.Close => new RelayClose(reader.ReadString(), reader.ReadString()),
            _ => throw Damaged($"an effect has the kind {(byte)kind}"),
        };
    }

    private static List<string> ReadIds(BinaryReader reader)
    {
        int count = reader.Read7BitEncodedInt();
        List<string> ids = [];
        for (int i = 0; i < count; i++)
        {
            ids.Add(reader.ReadString());
        }
        return ids;
    }

    private static List<ReadOnlyMemory<byte>> ReadArguments(BinaryReader reader)
    {
        int count = reader.Read7BitEncodedInt();
        List<ReadOnlyMemory<byte>> arguments = [];
        for (int i = 0; i < count; i++)
        {
            int length = reader.Read7BitEncodedInt();
            byte[] argument = length >= 0 ? reader.ReadBytes(length) : throw Damaged($"an argument has {length} bytes");
            arguments.Add(argument.Length == length ? argument : throw Damaged("they end too early"));
        }
        return arguments;
    }

    private static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        byte[] space = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(plain.Length));
        try
        {
            if (!BrotliEncoder.TryCompress(plain, space, out int written, Quality, WindowBits))
            {
                throw new InvalidOperationException($"{plain.Length:N0} bytes of effects could not be compressed.");
            }
            byte[] packed = new byte[1 + sizeof(int) + written];
            packed[0] = Compressed;
            BinaryPrimitives.WriteInt32LittleEndian(packed.AsSpan(1), plain.Length);
            space.AsSpan(0, written).CopyTo(packed.AsSpan(1 + sizeof(int)));
            return packed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(space);
        }
    }

    private static byte[] Decompress(ReadOnlySpan<byte> packed)
    {
        if (packed.Length < sizeof(int))
        {
            throw Damaged("they end too early");
        }
        int length = BinaryPrimitives.ReadInt32LittleEndian(packed);
        if (length is <= 0 or > MaxBytes)
        {
            throw Damaged($"they say that they are {length:N0} bytes");
        }
        byte[] plain = new byte[length];
        return BrotliDecoder.TryDecompress(packed[sizeof(int)..], plain, out int written) && written == length
            ? plain
            : throw Damaged("their content cannot be unpacked");
    }

    private static InvalidDataException Damaged(string how, Exception? inner = null) =>
        new($"The bytes are no socket effects: {how}.", inner);
}
