namespace DurableObjects.Breakers;

/// <summary>The states of a circuit breaker, by Polly's names.</summary>
public enum CircuitState
{
    /// <summary>Calls are let through, and their outcomes are counted.</summary>
    Closed,

    /// <summary>Too many calls failed: none is let through until the break is over.</summary>
    Open,

    /// <summary>The break is over: one call at a time is let through to find out whether it works again.</summary>
    HalfOpen,

    /// <summary>Opened by hand: no call is let through until it is closed by hand.</summary>
    Isolated,
}
