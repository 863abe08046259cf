using System.Diagnostics;
using System.Globalization;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// The first request to objects that have hibernated, one after the other on one connection. Each object is touched at the beginning of
/// a round and then left alone for more than the 10 s after which both sides drop an idle one; its answer says whether it was made anew.
/// </summary>
internal sealed class WakeWorkload(BenchOptions options) : Workload(options)
{
    private const string ClassName = "bench-wake";

    /// <summary>Idle time after which an object has left memory on both sides: 10 s, and a sweep.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(13);

    private readonly byte[][] _touches =
        [.. Enumerable.Range(0, options.WakeObjects).Select(i => Requests.Call(ClassName, Key(i), "touch"))];

    private readonly Dictionary<Side, long> _touched = [];

    public override string Name => "wake";

    public override string Title => "first request to a hibernated object, median";

    public override string Unit => "ms";

    public override bool IsRate => false;

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        await EachAsync(side, other, _touches.Length, n => Requests.Call(ClassName, Key(n), "set", "[7]"));
        return null;
    }

    public override async Task BeginRoundAsync(Side side)
    {
        foreach (byte[] touch in _touches)
        {
            await side.SendAsync(touch);
        }
        _touched[side] = Stopwatch.GetTimestamp();
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        TimeSpan left = Idle - Stopwatch.GetElapsedTime(_touched[side]);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left);
        }
        int awake = 0;
        LoadResult load = await ClosedLoop.TimesAsync(
            side.Server, 1, _touches.Length, TimeSpan.FromMinutes(1), Cpu(side, other), n => _touches[n],
            (_, reply) => awake += reply.Text == """{"value":7,"touches":1}""" ? 0 : 1);
        return new Figure(Figure.Percentile(load.Latencies, 0.5) ?? double.NaN)
        {
            Operations = load.Operations,
            Errors = load.Errors,
            Error = load.FirstError,
            P50Ms = Figure.Percentile(load.Latencies, 0.5),
            P99Ms = Figure.Percentile(load.Latencies, 0.99),
            Cpu = load.Cpu,
        }.Check(awake == 0, () => $"{awake} of {_touches.Length} objects had not hibernated.");
    }

    private static string Key(long i) => string.Create(CultureInfo.InvariantCulture, $"wake-{i}");
}
