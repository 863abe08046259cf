using DurableObjects.Breakers;

namespace DurableObjects.Workflows;

/// <summary>How a step is run.</summary>
public sealed record ActivityOptions
{
    /// <summary>What follows a failed attempt.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>
    /// How long an attempt may take before it counts as failed: 1 ms to <see cref="Limits.ActivityTimeout"/>. 1 minute by default. The
    /// attempt's token is cancelled then, and nobody waits for it any more.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The name of the circuit breaker that stands in front of what the activity calls, such as the target's host name; null for none.
    /// All workflows share it. While it is open no attempt is made, and none is counted: the step waits for the break to end.
    /// </summary>
    public string? CircuitBreaker { get; init; }

    /// <summary>
    /// The circuit breaker's numbers. Its break is never shorter than <see cref="Timeout"/>, or a call that is let through to find out
    /// would be given up before it has answered.
    /// </summary>
    public CircuitBreakerOptions Breaker { get; init; } = new();

    /// <summary>The numbers as they are used.</summary>
    internal CircuitBreakerOptions WaitingBreaker => Breaker.BreakDuration >= Timeout ? Breaker : Breaker with { BreakDuration = Timeout };

    internal void Check()
    {
        Retry.Check();
        Breaker.Validate();
        if (Timeout < TimeSpan.FromMilliseconds(1) || Timeout > Limits.ActivityTimeout)
        {
            throw DurableObjectException.Invalid(
                $"An activity's {nameof(Timeout)} must be 1 ms to {Limits.ActivityTimeout.TotalMinutes:N0} minutes; it is {Timeout}.");
        }
    }
}
