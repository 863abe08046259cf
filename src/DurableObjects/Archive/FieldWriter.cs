using System.Buffers.Binary;
using System.Text;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>How the fields of what hosts keep are written: little-endian, text with its length. See docs/formats.md.</summary>
/// <param name="destination">Where to; as long as <see cref="FieldSize"/> says.</param>
public ref struct FieldWriter(Span<byte> destination)
{
    private Span<byte> _rest = destination;

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    /// <summary>Eight bytes.</summary>
    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
        _rest = _rest[8..];
    }

    /// <summary>Four bytes.</summary>
    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_rest, value);
        _rest = _rest[4..];
    }

    /// <summary>Bytes as they are.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_rest);
        _rest = _rest[value.Length..];
    }

    /// <summary>A text or null, in UTF-8, with its length in front.</summary>
    public void Text(string? value)
    {
        int bytes = value is null ? -1 : Encoding.UTF8.GetBytes(value, _rest[4..]);
        Int32(bytes);
        _rest = _rest[Math.Max(bytes, 0)..];
    }

    /// <summary>The class, id and name of an object.</summary>
    public void Address(ObjectAddress address)
    {
        Text(address.ClassName);
        address.Id.CopyTo(_rest);
        _rest = _rest[ObjectId.Size..];
        Text(address.Name);
    }

    /// <summary>A head.</summary>
    public void Head(Head head)
    {
        Int64(head.Commit);
        BinaryPrimitives.WriteUInt128LittleEndian(_rest, head.Hash);
        _rest = _rest[16..];
    }

    /// <summary>A summary.</summary>
    public void Summary(ObjectSummary summary)
    {
        Head(summary.Head);
        Int64(summary.Version);
        Int64(summary.HistoryBytes);
        Int64(unchecked((long)summary.History));
        Int64(summary.CommittedAt.ToUnixTimeMilliseconds());
        SummaryFields fields = summary.Exists ? SummaryFields.Exists : SummaryFields.None;
        fields |= summary.Alarm is null ? 0 : SummaryFields.Alarm;
        fields |= summary.WakeAt is null ? 0 : SummaryFields.WakeAt;
        fields |= summary.RestoreTo is null ? 0 : SummaryFields.RestoreTo;
        fields |= summary.AutoResponse is null ? 0 : SummaryFields.AutoResponse;
        fields |= summary.Label is null ? 0 : SummaryFields.Label;
        Byte((byte)fields);
        Optional(summary.Alarm?.ToUnixTimeMilliseconds());
        Optional(summary.WakeAt?.ToUnixTimeMilliseconds());
        Optional(summary.RestoreTo);
        Int32(summary.Outbox);
        Int32(summary.Parked);
        Int32(summary.Sockets);
        if (summary.AutoResponse is { } automatic)
        {
            Text(automatic.Request);
            Text(automatic.Response);
        }
        if (summary.Label is { } label)
        {
            Text(label);
        }
    }

    private void Optional(long? value)
    {
        if (value is { } present)
        {
            Int64(present);
        }
    }
}
