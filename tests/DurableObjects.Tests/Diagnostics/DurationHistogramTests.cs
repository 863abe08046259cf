using DurableObjects.Diagnostics;

namespace DurableObjects.Tests.Diagnostics;

public class DurationHistogramTests
{
    private readonly DurationHistogram _histogram = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_quantile_is_never_too_low_and_at_most_a_sixteenth_too_high(int seed)
    {
        Random random = new(seed);
        // From 100 ns to an hour, as likely in each doubling.
        long[] ticks = [.. Enumerable.Range(0, 5_000).Select(_ => (long)Math.Pow(2, random.NextDouble() * 35))];
        foreach (long one in ticks)
        {
            _histogram.Record(TimeSpan.FromTicks(one));
        }
        Array.Sort(ticks);

        DurationFigures figures = _histogram.Read();

        Assert.Equal(5_000, figures.Count);
        Assert.Equal(ticks.Sum() / 1e7, figures.Sum, 6);
        foreach ((double? told, int rank) in new[] { (figures.P50, 2_500), (figures.P95, 4_750), (figures.P99, 4_950) })
        {
            double exact = ticks[rank - 1] / 1e7;
            Assert.InRange(told!.Value, exact, exact * 17 / 16 + 1e-9);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_bucket_tells_exactly_how_many_were_at_most_so_long(int seed)
    {
        Random random = new(seed);
        List<long> ticks = [];
        foreach (double bound in DurationHistogram.Bounds)
        {
            // Just on the bound, just beyond it, and anywhere.
            long on = (long)Math.Round(bound * 1e7);
            ticks.AddRange([on, on + 1, random.NextInt64(on)]);
        }
        ticks.ForEach(one => _histogram.Record(TimeSpan.FromTicks(one)));

        IReadOnlyList<DurationBucket> buckets = _histogram.Read().Buckets;

        Assert.Equal(DurationHistogram.Bounds, buckets.Select(bucket => bucket.Bound));
        Assert.All(buckets, bucket => Assert.Equal(ticks.Count(one => one <= Math.Round(bucket.Bound * 1e7)), bucket.Count));
    }

    [Fact]
    public void Without_durations_there_is_no_quantile()
    {
        DurationFigures figures = _histogram.Read();

        Assert.Equal((0, 0.0, null, null, null), (figures.Count, figures.Sum, figures.P50, figures.P95, figures.P99));
        Assert.All(figures.Buckets, bucket => Assert.Equal(0, bucket.Count));
    }

    [Fact]
    public void What_is_below_zero_counts_as_zero_and_what_is_too_long_as_the_longest()
    {
        _histogram.Record(TimeSpan.FromSeconds(-1));
        _histogram.Record(TimeSpan.MaxValue);

        DurationFigures figures = _histogram.Read();

        Assert.Equal(2, figures.Count);
        Assert.Equal(1e-7, figures.P50);
        Assert.Equal((1L << 38) / 1e7, figures.P99);
        Assert.Equal(1, figures.Buckets[0].Count);
        Assert.Equal(1, figures.Buckets[^1].Count);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_record_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _histogram.Record(TimeSpan.FromTicks(10));
            }
        })));

        DurationFigures figures = _histogram.Read();

        Assert.Equal(40_000, figures.Count);
        Assert.Equal(0.04, figures.Sum, 9);
    }
}
