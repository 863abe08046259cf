namespace DurableObjects.Breakers;

/// <summary>What is known of a circuit breaker, as far as it is written. Times are in UTC.</summary>
/// <param name="State">The state. It stays open after the break until somebody asks to be let through.</param>
/// <param name="Successes">
/// Calls within the sampling window that succeeded. The newest of them may not be written yet: more than half are.
/// </param>
/// <param name="Failures">Calls within the sampling window that failed.</param>
/// <param name="OpenedAt">When it last opened, isolation not counted; null if never.</param>
/// <param name="HalfOpenAt">Open: when the break ends. Half-open: since when. Null otherwise.</param>
/// <param name="LastChange">When the state last changed; null if never.</param>
/// <param name="TimesOpened">How often it has opened, counting each failed attempt to close again, and isolation not.</param>
public sealed record BreakerStatus(
    CircuitState State,
    long Successes,
    long Failures,
    DateTimeOffset? OpenedAt,
    DateTimeOffset? HalfOpenAt,
    DateTimeOffset? LastChange,
    long TimesOpened);
