namespace DurableObjects.Workflows;

/// <summary>
/// How often something is tried, and how far apart: delays that grow by a factor up to a cap, each shortened by chance so that many who
/// failed together do not come back together.
/// </summary>
public sealed record RetryPolicy
{
    /// <summary>Attempts in all, the first included: 1 to 1,000; 1 for no retry. 5 by default.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The delay before the first retry. 1 s by default.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What each delay is multiplied with for the next: 1 to 100. 2 by default.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>The longest delay. 1 h by default.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The share of a delay, 0 to 1, that chance may take off it. 0.2 by default.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>
    /// The failures that are not retried: codes of <see cref="DurableObjectException.Code"/>, or names of exception types, with or
    /// without their namespace.
    /// </summary>
    public IReadOnlyList<string> DoNotRetry { get; init; } = [];

    /// <summary>One attempt and no more.</summary>
    public static RetryPolicy None { get; } = new() { MaxAttempts = 1 };

    /// <summary>The delay after so many failed attempts.</summary>
    /// <param name="failures">1 or more.</param>
    /// <param name="chance">0 (the whole delay) to 1 (as much shorter as <see cref="Jitter"/> allows).</param>
    public TimeSpan DelayAfter(int failures, double chance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        double nominal = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(Factor, failures - 1), MaxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Math.Round(nominal * (1 - (Jitter * chance))));
    }

    /// <summary>Refuses values out of their range.</summary>
    /// <exception cref="DurableObjectException">A value is (400); the text names it.</exception>
    public void Check()
    {
        Check(MaxAttempts is >= 1 and <= 1_000, nameof(MaxAttempts), MaxAttempts, "1 to 1,000");
        Check(FirstDelay >= TimeSpan.Zero && FirstDelay <= MaxDelay, nameof(FirstDelay), FirstDelay, $"0 to {nameof(MaxDelay)}");
        Check(Factor is >= 1 and <= 100, nameof(Factor), Factor, "1 to 100");
        Check(MaxDelay <= Limits.LongestSleep, nameof(MaxDelay), MaxDelay, $"at most {Limits.LongestSleep.TotalDays:N0} days");
        Check(Jitter is >= 0 and <= 1, nameof(Jitter), Jitter, "0 to 1");
    }

    private static void Check(bool isGood, string name, object value, string range)
    {
        if (!isGood)
        {
            throw DurableObjectException.Invalid($"The retry policy's {name} must be {range}; it is {value}.");
        }
    }
}
