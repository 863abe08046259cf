namespace DurableObjects.Breakers;

/// <summary>The state of a circuit breaker without its counts, and how it changes.</summary>
/// <param name="State">The state.</param>
/// <param name="Permit">
/// Counts up with each change of state and with each call that a half-open circuit lets through, so that a report tells by it
/// whether it still matters. From 1: 0 is the permit of nobody.
/// </param>
/// <param name="ChangedAt">When the state last changed.</param>
/// <param name="OpenedAt">When it last opened.</param>
/// <param name="HalfOpenAt">When it will be, or became, half-open; null unless it is open or half-open.</param>
/// <param name="ProbedAt">When the call that is out to find out was let through.</param>
/// <param name="TimesOpened">How often it has opened.</param>
internal sealed record Circuit(
    CircuitState State, long Permit, DateTimeOffset? ChangedAt, DateTimeOffset? OpenedAt, DateTimeOffset? HalfOpenAt,
    DateTimeOffset? ProbedAt, long TimesOpened)
{
    /// <summary>A circuit of which nothing is stored.</summary>
    public static Circuit New { get; } = new(CircuitState.Closed, 1, null, null, null, null, 0);

    /// <summary>The answer to a call, as far as it needs no change; refused at once with zero to wait if it needs one.</summary>
    public BreakerPermit Ask(CircuitBreakerOptions options, DateTimeOffset now) => State switch
    {
        CircuitState.Closed => new BreakerPermit(true, State, null, Permit),
        CircuitState.Open => Refused(OpenedAt!.Value + options.BreakDuration - now),
        CircuitState.HalfOpen => Refused(ProbedAt!.Value + options.BreakDuration - now),
        _ => new BreakerPermit(false, State, null, 0),
    };

    public Circuit Opened(CircuitBreakerOptions options, DateTimeOffset now) => Changed(CircuitState.Open, now) with
    {
        OpenedAt = now,
        HalfOpenAt = now + options.BreakDuration,
        TimesOpened = TimesOpened + 1,
    };

    /// <summary>One call is let through. After a lost one the state has not changed, and keeps the time of its change.</summary>
    public Circuit Probed(DateTimeOffset now) => State == CircuitState.HalfOpen
        ? this with { Permit = Permit + 1, ProbedAt = now }
        : Changed(CircuitState.HalfOpen, now) with { HalfOpenAt = now, ProbedAt = now };

    public Circuit Closed(DateTimeOffset now) => Changed(CircuitState.Closed, now);

    public Circuit Isolated(DateTimeOffset now) => Changed(CircuitState.Isolated, now);

    private Circuit Changed(CircuitState state, DateTimeOffset now) =>
        this with { State = state, Permit = Permit + 1, ChangedAt = now, HalfOpenAt = null, ProbedAt = null };

    private BreakerPermit Refused(TimeSpan left) => new(false, State, left > TimeSpan.Zero ? left : TimeSpan.Zero, 0);
}
