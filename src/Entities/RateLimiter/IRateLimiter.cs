namespace DurableObjects.Entities;

/// <summary>The method of the object class <c>rate-limiter</c>.</summary>
public interface IRateLimiter
{
    /// <summary>
    /// Admits a cost if the costs admitted within the window before now leave room for it, and then counts it. A cost admitted at
    /// the time t counts from t until just before t + window. A cost that is not admitted changes nothing.
    /// </summary>
    /// <param name="limit">What a window holds: 1 to <see cref="RateLimiter.MaxLimit"/>.</param>
    /// <param name="windowSeconds">
    /// The window in seconds: 0.001 to <see cref="RateLimiter.MaxWindowSeconds"/>, with up to three decimals.
    /// </param>
    /// <param name="cost">What this counts for: 1 to <paramref name="limit"/>.</param>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400): also a cost over the limit, which no waiting would admit.
    /// </exception>
    Task<RateLimitResult> Check(long limit, decimal windowSeconds, long cost = 1);
}
