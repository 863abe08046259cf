namespace DurableObjects.Breakers;

/// <summary>
/// The methods of the object class <c>circuit-breaker</c>. Options that are not given are <see cref="CircuitBreakerOptions.Default"/>;
/// those of the newest question count.
/// </summary>
public interface ICircuitBreaker
{
    /// <summary>
    /// What <see cref="Enter"/> would say, read-only: any number of callers get it at once, beside the object's turns. Who is allowed
    /// may go ahead; who is refused with <see cref="BreakerPermit.RetryAfter"/> zero asks <see cref="Enter"/>.
    /// </summary>
    /// <exception cref="DurableObjectException">An option is outside its limits (400).</exception>
    Task<BreakerPermit> Ask(CircuitBreakerOptions? options = null);

    /// <summary>
    /// Asks to make a call. Closed: allowed, and nothing changes. Open: refused until the break is over; then the first to ask is
    /// allowed, the circuit is half-open, and others are refused until that one call is reported, or
    /// <see cref="CircuitBreakerOptions.BreakDuration"/> has passed without a report.
    /// </summary>
    /// <exception cref="DurableObjectException">An option is outside its limits (400).</exception>
    Task<BreakerPermit> Enter(CircuitBreakerOptions? options = null);

    /// <summary>
    /// Reports the outcome of a call that was allowed. Closed: it counts within the window, and a failure opens the circuit if the
    /// window then holds enough calls and enough of them failed. Half-open: a success closes the circuit, a failure opens it again.
    /// A report of a call that was allowed before the last change of state, or before another was let through in its place, changes
    /// nothing.
    /// </summary>
    /// <param name="permit">The <see cref="BreakerPermit.Permit"/> of the call.</param>
    /// <param name="succeeded">Whether it succeeded.</param>
    /// <param name="options">When to open, and for how long.</param>
    /// <param name="successes">
    /// Successes under the same permit beside this call that were not reported one by one: a caller may keep them until a failure,
    /// which alone can open the circuit. They count from now, so only those within the last
    /// <see cref="CircuitBreakerOptions.SamplingDuration"/> belong here. At most <see cref="CircuitBreaker.MaxSuccesses"/>.
    /// </param>
    /// <exception cref="DurableObjectException">An argument or option is outside its limits (400).</exception>
    Task Report(long permit, bool succeeded, CircuitBreakerOptions? options = null, int successes = 0);

    /// <summary>Opens the circuit by hand: nothing is let through until <see cref="Close"/>.</summary>
    Task Isolate();

    /// <summary>Closes the circuit by hand, whatever its state, and forgets what was counted.</summary>
    Task Close();

    /// <summary>The state and the counts. Read-only.</summary>
    Task<BreakerStatus> Status();
}
