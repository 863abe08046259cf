using System.Diagnostics;
using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// Workflows of several activities, one after the other, each of which begins when the result of the one before is durable. The figure is
/// activities per second. workerd by itself has no workflows: the peer is an object that does the same by hand.
/// </summary>
internal sealed class ActivityWorkload(BenchOptions options) : Workload(options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private int _measurements;

    public override string Name => "activities";

    public override string Title => string.Create(
        CultureInfo.InvariantCulture, $"durable activities, {Options.Chains:N0} workflows of {Options.Steps:N0}");

    public override string Unit => "/s";

    public override string Peer => "workerd, by hand";

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await MeasureAsync(side, other);
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        int measurement = ++_measurements;
        long total = (long)Options.Chains * Options.Steps;
        long before = await side.NumberAsync(Requests.Get("/bench/steps"));
        CpuClock clock = new(side.Process, other.Process);
        long began = Stopwatch.GetTimestamp();
        string json = Options.Steps.ToString(CultureInfo.InvariantCulture);
        await EachAsync(side, other, Options.Chains, n => Requests.Post(
            string.Create(CultureInfo.InvariantCulture, $"/api/workflows/bench-chain?id={Id(measurement, n)}"), json));
        long done = 0;
        while (done < total && Stopwatch.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(5);
            done = await side.NumberAsync(Requests.Get("/bench/steps")) - before;
        }
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        CpuShares cpu = clock.Stop();
        Figure figure = new(done / seconds) { Operations = done, Cpu = cpu };
        return figure.Check(done == total, () => $"{done} of {total} activities ran within {Patience.TotalSeconds:0} s.");
    }

    private static string Id(int measurement, long n) => string.Create(CultureInfo.InvariantCulture, $"chain-{measurement}-{n}");
}
