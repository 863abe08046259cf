using System.Text;
using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>Bytes that the fields of <see cref="FieldWriter"/> take.</summary>
public static class FieldSize
{
    /// <summary>Of a head.</summary>
    public const int Head = 24;

    /// <summary>Of a text.</summary>
    public static int Text(string? value) => 4 + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));

    /// <summary>Of an object's class, id and name.</summary>
    public static int Address(ObjectAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Text(address.ClassName) + ObjectId.Size + Text(address.Name);
    }

    /// <summary>Of a summary.</summary>
    public static int Summary(ObjectSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        int optional = (summary.Alarm is null ? 0 : 8) + (summary.WakeAt is null ? 0 : 8) + (summary.RestoreTo is null ? 0 : 8);
        return Head + 8 + 8 + 8 + 8 + 1 + optional + 4 + 4 + 4
            + (summary.AutoResponse is { } automatic ? Text(automatic.Request) + Text(automatic.Response) : 0)
            + (summary.Label is { } label ? Text(label) : 0);
    }
}
