namespace DurableObjects.Entities;

/// <summary>A place in the queue of a semaphore.</summary>
/// <param name="Owner">Whose.</param>
/// <param name="Permits">How many permits it waits for.</param>
/// <param name="Limit">How many may be held in all when it is granted.</param>
/// <param name="WaitsUntil">It is kept until just before this time, in UTC, unless its owner asks again.</param>
public sealed record SemaphoreWaiter(string Owner, int Permits, int Limit, DateTimeOffset WaitsUntil);
