using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DurableObjects.Bench.Load;
using DurableObjects.Bench.Net;
using DurableObjects.Bench.Sides;

namespace DurableObjects.Bench.Workloads;

/// <summary>
/// Alarms of many objects, all due at the same moment. Each handler stores when it ran; afterwards every object is read, which waits
/// for its commit. The figure is how late the last was.
/// </summary>
internal sealed class AlarmWorkload(BenchOptions options) : Workload(options)
{
    private const string ClassName = "bench-alarm";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Dictionary<Side, TimeSpan> _setting = [];

    public override string Name => "alarms";

    public override string Title =>
        string.Create(CultureInfo.InvariantCulture, $"{Options.Alarms:N0} alarms due at once, until the last was handled");

    public override string Unit => "ms";

    public override bool IsRate => false;

    /// <summary>Setting them takes workerd longer than all that a round measures.</summary>
    public override int EveryRounds => 3;

    public override async Task<string?> PrepareAsync(Side side, Side other)
    {
        // Makes the objects, and shows how long it takes to set them all.
        _setting[side] = await SetAsync(side, other, DateTimeOffset.UtcNow.AddHours(6).ToUnixTimeMilliseconds());
        return null;
    }

    public override async Task<Figure> MeasureAsync(Side side, Side other)
    {
        TimeSpan left;
        long due;
        do
        {
            // Far enough away for all to be set before. If it was not, some have fired already: once more, for another moment.
            due = (DateTimeOffset.UtcNow + _setting[side] * 1.25 + TimeSpan.FromSeconds(1)).ToUnixTimeMilliseconds();
            _setting[side] = await SetAsync(side, other, due);
            left = DateTimeOffset.FromUnixTimeMilliseconds(due) - DateTimeOffset.UtcNow;
        }
        while (left < TimeSpan.Zero);
        long before = await side.NumberAsync(Requests.Get("/bench/fired"));
        await Task.Delay(left);
        CpuClock clock = new(side.Process, other.Process);
        long began = Stopwatch.GetTimestamp();
        while (await side.NumberAsync(Requests.Get("/bench/fired")) - before < Options.Alarms
            && Stopwatch.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(20);
        }
        CpuShares cpu = clock.Stop();
        ConcurrentDictionary<long, double> late = [];
        long[] missing = [.. Enumerable.Range(0, Options.Alarms).Select(n => (long)n)];
        do
        {
            // The count may have held some of the time before, so whoever has not fired is asked again.
            long[] asked = missing;
            await EachAsync(side, other, asked.Length, n => Requests.Read(ClassName, Key(asked[n]), "fired"), (n, reply) =>
            {
                if (Read(reply) is { } firing && firing.Due == due)
                {
                    late[asked[n]] = firing.At - due;
                }
            });
            missing = [.. asked.Where(n => !late.ContainsKey(n))];
        }
        while (missing.Length > 0 && Stopwatch.GetElapsedTime(began) < Patience);
        double[] sorted = [.. late.Values.Order()];
        Figure figure = new(sorted.Length == 0 ? double.NaN : sorted[^1])
        {
            Operations = sorted.Length,
            Errors = missing.Length,
            Error = missing.Length == 0 ? null : $"{missing.Length} alarms were not handled within {Patience.TotalSeconds:0} s.",
            P50Ms = Figure.Percentile(sorted, 0.5),
            P99Ms = Figure.Percentile(sorted, 0.99),
            Cpu = cpu,
        };
        return figure.Check(sorted.Length == 0 || sorted[0] >= 0, () => $"An alarm was handled {-sorted[0]} ms early.");
    }

    private static string Key(long i) => string.Create(CultureInfo.InvariantCulture, $"alarm-{i}");

    private static Firing? Read(HttpReply reply) =>
        reply.Body.IsEmpty ? null : JsonSerializer.Deserialize<Firing>(reply.Body.Span, JsonSerializerOptions.Web);

    private async Task<TimeSpan> SetAsync(Side side, Side other, long at)
    {
        string json = string.Create(CultureInfo.InvariantCulture, $"[{at}]");
        LoadResult set = await EachAsync(side, other, Options.Alarms, n => Requests.Call(ClassName, Key(n), "set", json));
        return TimeSpan.FromSeconds(set.Seconds);
    }

    private sealed record Firing(long Due, long At);
}
