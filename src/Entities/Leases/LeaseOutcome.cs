namespace DurableObjects.Entities;

/// <summary>What became of it: a lease, a place in the queue, or neither.</summary>
internal sealed record LeaseOutcome(LeaseRow? Lease, WaiterRow? Place);
