using System.Text.Json.Serialization;

namespace DurableObjects.Diagnostics;

/// <summary>Durations in seconds, since the process started.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sum">All of them together.</param>
public sealed record DurationFigures(long Count, double Sum)
{
    /// <summary>No durations.</summary>
    public static DurationFigures None { get; } = new(0, 0);

    /// <summary>The median; null while there are none. As all quantiles, at most 1/16 too high and never too low.</summary>
    public double? P50 { get; init; }

    /// <summary>95 of 100 were at most this long; null while there are none.</summary>
    public double? P95 { get; init; }

    /// <summary>99 of 100 were at most this long; null while there are none.</summary>
    public double? P99 { get; init; }

    /// <summary>How many were at most so long, in the order of their bounds.</summary>
    [JsonIgnore]
    public IReadOnlyList<DurationBucket> Buckets { get; init; } = [];
}

/// <summary>How many durations were at most so long.</summary>
/// <param name="Bound">How long, in seconds.</param>
/// <param name="Count">How many.</param>
public readonly record struct DurationBucket(double Bound, long Count);
