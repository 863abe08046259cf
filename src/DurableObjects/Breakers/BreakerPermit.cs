namespace DurableObjects.Breakers;

/// <summary>What a circuit breaker says to a call that wants to be made.</summary>
/// <param name="Allowed">Whether the call may be made. Its outcome is to be reported.</param>
/// <param name="State">The state on which that was decided: half-open for a call that is let through to find out.</param>
/// <param name="RetryAfter">
/// When refused, after how long asking makes sense: what is left of the break, or until the call that is out to find out counts as
/// lost. Null when allowed, and when isolated, which no time ends. Zero comes from <see cref="ICircuitBreaker.Ask"/> alone: a call
/// could be let through now, which <see cref="ICircuitBreaker.Enter"/> decides.
/// </param>
/// <param name="Permit">What to report the outcome with; 0 when refused.</param>
public sealed record BreakerPermit(bool Allowed, CircuitState State, TimeSpan? RetryAfter, long Permit);
