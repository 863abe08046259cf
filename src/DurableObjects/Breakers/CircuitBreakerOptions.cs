using System.Globalization;

namespace DurableObjects.Breakers;

/// <summary>
/// When a circuit opens and for how long, in the words and within the limits of Polly's <c>CircuitBreakerStrategyOptions</c>.
/// </summary>
/// <remarks>
/// The defaults are not Polly's (0.1, 100, 30 s, 5 s), which are made for the many calls of a busy service in one process. What a
/// workflow calls sees a few calls a minute: a hundred would never come together in 30 s, and one failure of five says little, so
/// half of at least five within a minute must fail. And what is tried again after a break is a step of a workflow that can wait, so
/// the break is long enough for a restart on the other side.
/// </remarks>
public sealed record CircuitBreakerOptions
{
    /// <summary>The least <see cref="MinimumThroughput"/> (Polly's): of one call, the ratio says nothing.</summary>
    public const int LeastThroughput = 2;

    /// <summary>The shortest duration (Polly's).</summary>
    public static readonly TimeSpan ShortestDuration = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest duration (Polly's).</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromDays(1);

    /// <summary>The options that hold where none are given.</summary>
    public static CircuitBreakerOptions Default { get; } = new();

    /// <summary>The part of the calls within the window whose failure opens the circuit: above 0, at most 1.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>How many calls the window must hold before the ratio counts: <see cref="LeastThroughput"/> at least.</summary>
    public int MinimumThroughput { get; init; } = 5;

    /// <summary>The window: from <see cref="ShortestDuration"/> to <see cref="LongestDuration"/>.</summary>
    public TimeSpan SamplingDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long an open circuit lets nothing through, and how long one call that is let through to find out may take before
    /// another is: from <see cref="ShortestDuration"/> to <see cref="LongestDuration"/>. Longer than a call's own timeout, or two
    /// may be out at once.
    /// </summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses options outside their limits.</summary>
    /// <exception cref="DurableObjectException">One is (400); the message names it, its value and its limit.</exception>
    public void Validate()
    {
        if (FailureRatio is not (> 0 and <= 1))
        {
            throw DurableObjectException.Invalid(
                string.Create(CultureInfo.InvariantCulture, $"'failureRatio' is {FailureRatio}; it must be above 0 and at most 1."));
        }
        if (MinimumThroughput < LeastThroughput)
        {
            throw DurableObjectException.Invalid($"'minimumThroughput' is {MinimumThroughput}; it must be at least {LeastThroughput}.");
        }
        Check(SamplingDuration, "samplingDuration");
        Check(BreakDuration, "breakDuration");
    }

    private static void Check(TimeSpan duration, string name)
    {
        if (duration < ShortestDuration || duration > LongestDuration)
        {
            throw DurableObjectException.Invalid(
                $"'{name}' is {duration:c}; it must be {ShortestDuration:c} to {LongestDuration:c}.");
        }
    }
}
