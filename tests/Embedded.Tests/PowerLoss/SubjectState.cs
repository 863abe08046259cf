using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using DurableObjects.Archive;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>What a <see cref="Subject"/> must hold, predicted without it.</summary>
internal sealed record SubjectState
{
    private const int FillerLength = 90;

    public static SubjectState Empty { get; } = new();

    public long Sum { get; init; }

    public long Rings { get; init; }

    public byte[] Bytes { get; init; } = [];

    /// <summary>When the alarm rings, in milliseconds since 1970; 0 for none.</summary>
    public long Alarm { get; init; }

    public ImmutableSortedDictionary<int, long> Rows { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    public ImmutableSortedDictionary<string, long> Told { get; init; } =
        ImmutableSortedDictionary<string, long>.Empty.WithComparers(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, string> Heard { get; init; } =
        ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal);

    public static string Filler(long stamp, int id) =>
        new((char)('a' + (stamp + id) % 26), FillerLength);

    /// <summary>Bytes that hardly compress.</summary>
    public static byte[] Blob(long stamp, int bytes)
    {
        byte[] blob = new byte[bytes];
        new Random((int)stamp).NextBytes(blob);
        return blob;
    }

    public static uint Hash(byte[] bytes) => Crc32C.Compute(bytes);

    public SubjectState Stamp(long stamp, int rows) =>
        this with { Rows = Rows.SetItems(Enumerable.Range(1, rows).Select(id => KeyValuePair.Create(id, stamp))) };

    public SubjectState Trim(int from) => this with { Rows = Rows.RemoveRange(Rows.Keys.Where(id => id >= from)) };

    public SubjectState Hear(string sender, long first, int times) => this with
    {
        Heard = Heard.SetItem(
            sender,
            Heard.GetValueOrDefault(sender, "")
            + string.Concat(Enumerable.Range(0, times).Select(i => (first + i).ToString(CultureInfo.InvariantCulture) + ","))),
    };

    /// <summary>After the alarm has rung, if it was due by then.</summary>
    public SubjectState At(DateTimeOffset now) =>
        Alarm != 0 && Alarm <= now.ToUnixTimeMilliseconds() ? this with { Alarm = 0, Rings = Rings + 1 } : this;

    /// <summary>The text that the object must tell.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"sum {Sum} rings {Rings} blob {Bytes.Length}:{Hash(Bytes):x8} alarm {Alarm} rows");
        foreach ((int id, long stamp) in Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $" {id}:{stamp}");
        }
        foreach ((string receiver, long last) in Told)
        {
            text.Append(CultureInfo.InvariantCulture, $" told/{receiver} {last}");
        }
        foreach ((string sender, string heard) in Heard)
        {
            text.Append(CultureInfo.InvariantCulture, $" heard/{sender} {heard}");
        }
        return text.ToString();
    }
}
