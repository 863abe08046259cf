using System.Numerics;

namespace DurableObjects.Diagnostics;

/// <summary>
/// Counts durations in buckets whose width grows with them: 16 to each doubling, so that a quantile is at most 1/16 too high and
/// never too low. Recording takes two atomic additions, no lock and no memory; a histogram holds 4.5 KB for good.
/// </summary>
internal sealed class DurationHistogram
{
    private const int SubBucketBits = 4;
    private const int SubBuckets = 1 << SubBucketBits;

    /// <summary>The longest duration that is told from longer ones: 2^38 ticks of 100 ns, seven and a half hours.</summary>
    private const int MaxBits = 38;
    private const long MaxTicks = 1L << MaxBits;
    private const int Buckets = (MaxBits - SubBucketBits + 1) * SubBuckets;

    /// <summary>The bounds that are told to the outside: 6.4 µs, and doubled each time up to 53.7 s.</summary>
    private const int FirstBoundBits = 6;
    private const int LastBoundBits = 29;

    private readonly long[] _counts = new long[Buckets];
    private long _ticks;

    /// <summary>The upper bounds, in seconds, of the buckets in <see cref="DurationFigures.Buckets"/>.</summary>
    public static IReadOnlyList<double> Bounds { get; } =
        [.. Enumerable.Range(FirstBoundBits, LastBoundBits - FirstBoundBits + 1).Select(bits => SecondsOf(1L << bits))];

    /// <summary>Counts a duration. One below zero, as a clock that was put back gives it, counts as zero.</summary>
    public void Record(TimeSpan duration)
    {
        long ticks = Math.Clamp(duration.Ticks, 0, MaxTicks);
        Interlocked.Increment(ref _counts[IndexOf(ticks)]);
        Interlocked.Add(ref _ticks, ticks);
    }

    /// <summary>What was recorded so far. What is recorded meanwhile may be in it or not.</summary>
    public DurationFigures Read()
    {
        long[] counts = new long[Buckets];
        long total = 0;
        for (int i = 0; i < Buckets; i++)
        {
            counts[i] = Volatile.Read(ref _counts[i]);
            total += counts[i];
        }
        return new DurationFigures(total, SecondsOf(Volatile.Read(ref _ticks)))
        {
            P50 = Quantile(counts, total, 0.5),
            P95 = Quantile(counts, total, 0.95),
            P99 = Quantile(counts, total, 0.99),
            Buckets = Cumulate(counts),
        };
    }

    /// <summary>
    /// The bucket of a duration. Buckets include their upper bounds, as Prometheus has it, hence the one that is taken off.
    /// </summary>
    private static int IndexOf(long ticks)
    {
        long value = Math.Max(ticks - 1, 0);
        int shift = Math.Max(BitOperations.Log2((ulong)value) - SubBucketBits, 0);
        return (shift << SubBucketBits) + (int)(value >> shift);
    }

    /// <summary>The longest duration of a bucket.</summary>
    private static long BoundOf(int index)
    {
        int shift = Math.Max((index >> SubBucketBits) - 1, 0);
        return (index - (shift << SubBucketBits) + 1L) << shift;
    }

    private static double? Quantile(long[] counts, long total, double quantile)
    {
        if (total == 0)
        {
            return null;
        }
        long rank = (long)Math.Ceiling(quantile * total);
        int index = 0;
        for (long seen = counts[0]; seen < rank; seen += counts[index])
        {
            index++;
        }
        return SecondsOf(BoundOf(index));
    }

    private static List<DurationBucket> Cumulate(long[] counts)
    {
        List<DurationBucket> buckets = [];
        long sum = 0;
        int index = 0;
        for (int bits = FirstBoundBits; bits <= LastBoundBits; bits++)
        {
            // Every power of two is some bucket's bound.
            for (; index < Buckets && BoundOf(index) <= 1L << bits; index++)
            {
                sum += counts[index];
            }
            buckets.Add(new DurationBucket(SecondsOf(1L << bits), sum));
        }
        return buckets;
    }

    private static double SecondsOf(long ticks) => (double)ticks / TimeSpan.TicksPerSecond;
}
