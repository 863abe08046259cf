using System.Buffers.Binary;
using System.Text;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Catalogue;

/// <summary>How the fields of journal records and of the catalogue's snapshot are written: little-endian, text with its length.</summary>
internal ref struct FieldWriter(Span<byte> destination)
{
    private Span<byte> _rest = destination;

    public void Byte(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_rest);
        _rest = _rest[value.Length..];
    }

    public void Text(string? value)
    {
        int bytes = value is null ? -1 : Encoding.UTF8.GetBytes(value, _rest[4..]);
        Int32(bytes);
        _rest = _rest[Math.Max(bytes, 0)..];
    }

    public void Address(ObjectAddress address)
    {
        Text(address.ClassName);
        address.Id.CopyTo(_rest);
        _rest = _rest[ObjectId.Size..];
        Text(address.Name);
    }

    public void Head(Head head)
    {
        Int64(head.Commit);
        BinaryPrimitives.WriteUInt128LittleEndian(_rest, head.Hash);
        _rest = _rest[16..];
    }

    public void Summary(ObjectSummary summary)
    {
        Head(summary.Head);
        Int64(summary.Version);
        Int64(summary.HistoryBytes);
        Byte(summary.Exists ? (byte)1 : (byte)0);
        Int64(summary.Alarm?.ToUnixTimeMilliseconds() ?? long.MinValue);
        Int64(summary.WakeAt?.ToUnixTimeMilliseconds() ?? long.MinValue);
        Int32(summary.Outbox);
        Int32(summary.Parked);
        Int32(summary.Sockets);
        Text(summary.AutoResponse?.Request);
        Text(summary.AutoResponse?.Response);
    }
}

/// <summary>Reads what <see cref="FieldWriter"/> wrote.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> source)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = source;

    public byte Byte() => Take(1)[0];

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public string? Text()
    {
        int bytes = Int32();
        return bytes < 0 ? null : Encoding.UTF8.GetString(Take(bytes));
    }

    public ObjectAddress Address() => new(Text()!, ObjectId.FromBytes(Take(ObjectId.Size)), Text());

    public Head Head() => new(Int64(), BinaryPrimitives.ReadUInt128LittleEndian(Take(16)));

    public ObjectSummary Summary()
    {
        Head head = Head();
        long version = Int64();
        long history = Int64();
        ObjectSummary summary = new(head, version, Byte() != 0)
        {
            HistoryBytes = history,
            Alarm = Time(),
            WakeAt = Time(),
            Outbox = Int32(),
            Parked = Int32(),
            Sockets = Int32(),
        };
        string? request = Text();
        string? response = Text();
        return request is null ? summary : summary with { AutoResponse = new AutoResponse(request, response ?? "") };
    }

    private DateTimeOffset? Time()
    {
        long milliseconds = Int64();
        return milliseconds == long.MinValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        ReadOnlySpan<byte> taken = Rest[..bytes];
        Rest = Rest[bytes..];
        return taken;
    }
}

/// <summary>Bytes that the fields take.</summary>
internal static class FieldSize
{
    public const int Head = 24;

    public static int Text(string? value) => 4 + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));

    public static int Address(ObjectAddress address) => Text(address.ClassName) + ObjectId.Size + Text(address.Name);

    public static int Summary(ObjectSummary summary) =>
        Head + 8 + 8 + 1 + 8 + 8 + 4 + 4 + 4 + Text(summary.AutoResponse?.Request) + Text(summary.AutoResponse?.Response);
}
