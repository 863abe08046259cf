namespace DurableObjects.Entities;

/// <summary>What <c>acquire</c> of a lock or semaphore answers. Members that do not apply are null.</summary>
/// <param name="Acquired">Whether the owner holds a lease now.</param>
/// <param name="FencingToken">The lease's token.</param>
/// <param name="ExpiresAt">The lease holds until just before this time, in UTC, to the millisecond.</param>
/// <param name="Position">The owner's place in the queue; 1 is next.</param>
/// <param name="WaitsUntil">The place is kept until just before this time, in UTC, unless the owner asks again.</param>
/// <param name="HeldUntil">Where nothing was acquired: when the first of the present leases ends, unless it is renewed.</param>
public sealed record LeaseResult(
    bool Acquired, long? FencingToken, DateTimeOffset? ExpiresAt, int? Position, DateTimeOffset? WaitsUntil, DateTimeOffset? HeldUntil);
