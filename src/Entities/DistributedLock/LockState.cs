namespace DurableObjects.Entities;

/// <summary>How a lock stands.</summary>
/// <param name="Holder">The lease that holds now, or null.</param>
/// <param name="Queue">The places of those who wait, the next first.</param>
public sealed record LockState(Lease? Holder, IReadOnlyList<LeaseWaiter> Queue);
