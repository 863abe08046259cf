using System.Buffers.Binary;
using System.Text;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>Reads what <see cref="FieldWriter"/> wrote.</summary>
/// <param name="source">Where from.</param>
public ref struct FieldReader(ReadOnlySpan<byte> source)
{
    /// <summary>What was not read yet.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = source;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>Eight bytes.</summary>
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>Four bytes.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>A text or null.</summary>
    public string? Text()
    {
        int bytes = Int32();
        return bytes < 0 ? null : Encoding.UTF8.GetString(Take(bytes));
    }

    /// <summary>The class, id and name of an object.</summary>
    public ObjectAddress Address() => new(Text()!, ObjectId.FromBytes(Take(ObjectId.Size)), Text());

    /// <summary>A head.</summary>
    public Head Head() => new(Int64(), BinaryPrimitives.ReadUInt128LittleEndian(Take(16)));

    /// <summary>A summary.</summary>
    public ObjectSummary Summary()
    {
        Head head = Head();
        long version = Int64();
        long historyBytes = Int64();
        ulong history = unchecked((ulong)Int64());
        DateTimeOffset committedAt = Time();
        SummaryFields fields = (SummaryFields)Byte();
        ObjectSummary summary = new(head, version, fields.HasFlag(SummaryFields.Exists))
        {
            HistoryBytes = historyBytes,
            History = history,
            CommittedAt = committedAt,
            Alarm = fields.HasFlag(SummaryFields.Alarm) ? Time() : null,
            WakeAt = fields.HasFlag(SummaryFields.WakeAt) ? Time() : null,
            RestoreTo = fields.HasFlag(SummaryFields.RestoreTo) ? Int64() : null,
            Outbox = Int32(),
            Parked = Int32(),
            Sockets = Int32(),
        };
        return summary with
        {
            AutoResponse = fields.HasFlag(SummaryFields.AutoResponse) ? new AutoResponse(Text() ?? "", Text() ?? "") : null,
            Label = fields.HasFlag(SummaryFields.Label) ? Text() : null,
        };
    }

    private DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(Int64());

    private ReadOnlySpan<byte> Take(int bytes)
    {
        ReadOnlySpan<byte> taken = Rest[..bytes];
        Rest = Rest[bytes..];
        return taken;
    }
}
