using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>Reads of one counter, which always has the same value.</summary>
internal sealed class ReadWorkload(BenchOptions options) : Workload(options)
{
    private static readonly byte[] Read = Requests.Read("counter", "read", "get");

    public override string Name => "read";

    public override string Title => "read, one object";

    public override string Unit => "/s";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await side.SendAsync(Requests.Call("counter", "read", "increment"));
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        LoadResult load = await LoadAsync(side, other, _ => Read);
        long value = await side.NumberAsync(Read);
        return Figure.Of(load).Check(value == 1, () => $"The counter is {value}, not 1.");
    }
}
