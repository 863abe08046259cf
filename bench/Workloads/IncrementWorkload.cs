using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>Durable increments of counters, in turn. Afterwards their sum must be what was acknowledged.</summary>
internal sealed class IncrementWorkload(BenchOptions options, int objects) : Workload(options)
{
    private readonly byte[][] _increments =
        [.. Enumerable.Range(0, objects).Select(i => Requests.Call("counter", Key(objects, i), "increment"))];

    private readonly byte[][] _reads = [.. Enumerable.Range(0, objects).Select(i => Requests.Read("counter", Key(objects, i), "get"))];

    public override string Name => objects == 1 ? "increment-one" : "increment-many";

    public override string Title =>
        "durable increment, " + (objects == 1 ? "one object" : string.Create(CultureInfo.InvariantCulture, $"{objects:N0} objects"));

    public override string Unit => "/s";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        // This wakes them as well, so that none has to be woken in the measured time.
        long before = await SumAsync(side, other);
        LoadResult load = await LoadAsync(side, other, n => _increments[n % objects]);
        long counted = await SumAsync(side, other) - before;
        // Of a request that failed nobody knows whether it counted.
        return Figure.Of(load).Check(
            counted >= load.Acknowledged && counted <= load.Acknowledged + load.Errors,
            () => $"{load.Acknowledged} increments were acknowledged, {counted} were counted.");
    }

    private static string Key(int objects, int i) => string.Create(CultureInfo.InvariantCulture, $"hits-{objects}-{i}");

    private async Task<long> SumAsync(Side side, Side other)
    {
        long sum = 0;
        await EachAsync(
            side, other, objects, n => _reads[n],
            (_, reply) => Interlocked.Add(ref sum, long.Parse(reply.Body.Span, CultureInfo.InvariantCulture)));
        return sum;
    }
}
