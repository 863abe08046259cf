namespace DurableObjects.Entities;

/// <summary>How a semaphore stands.</summary>
/// <param name="Held">Permits that are held now.</param>
/// <param name="Holders">The leases that hold now, in the order in which they were granted.</param>
/// <param name="Queue">The places of those who wait, the next first.</param>
public sealed record SemaphoreState(int Held, IReadOnlyList<SemaphoreLease> Holders, IReadOnlyList<SemaphoreWaiter> Queue);
