namespace DurableObjects.Entities;

/// <summary>What a rate limiter says to a cost.</summary>
/// <param name="Allowed">Whether the cost was admitted, and now counts.</param>
/// <param name="Limit">The limit asked for.</param>
/// <param name="Remaining">What the window still has room for after this, 0 at least.</param>
/// <param name="ResetAt">When the whole window is free again if nothing more is admitted, in UTC, to the millisecond.</param>
/// <param name="RetryAfterSeconds">
/// 0 when allowed; otherwise the whole seconds, rounded up, after which this cost would pass if nothing else is admitted: what
/// HTTP's <c>Retry-After</c> takes.
/// </param>
public sealed record RateLimitResult(bool Allowed, long Limit, long Remaining, DateTimeOffset ResetAt, long RetryAfterSeconds);
