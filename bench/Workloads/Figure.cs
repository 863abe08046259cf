using DurableObjects.Bench.Load;

namespace DurableObjects.Bench.Workloads;

/// <summary>What one measurement gave.</summary>
/// <param name="Value">The figure, in the workload's unit.</param>
internal sealed record Figure(double Value)
{
    /// <summary>Requests, messages or alarms that it comes from.</summary>
    public long Operations { get; init; }

    /// <summary>Those that went wrong. A figure with errors is shown with them.</summary>
    public long Errors { get; init; }

    /// <summary>What the first error said, or what was wrong with the objects afterwards.</summary>
    public string? Error { get; init; }

    public double? P50Ms { get; init; }

    public double? P99Ms { get; init; }

    public CpuShares? Cpu { get; init; }

    public static Figure Of(LoadResult load) => new(load.PerSecond)
    {
        Operations = load.Operations,
        Errors = load.Errors,
        Error = load.FirstError,
        P50Ms = Percentile(load.Latencies, 0.5),
        P99Ms = Percentile(load.Latencies, 0.99),
        Cpu = load.Cpu,
    };

    /// <summary>The figure, with one error more if something is wrong.</summary>
    public Figure Check(bool isRight, Func<string> otherwise) =>
        isRight ? this : this with { Errors = Errors + 1, Error = Error ?? otherwise() };

    /// <param name="sorted">Values in order.</param>
    /// <param name="share">0.5 for the median.</param>
    public static double? Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? null : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
}
