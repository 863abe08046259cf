namespace DurableObjects.Entities;

/// <summary>What a call did that works in steps of bounded size.</summary>
/// <param name="Done">How many jobs it moved or removed.</param>
/// <param name="Left">How many are left of their kind; call again until it is 0.</param>
public sealed record WorkBatch(long Done, long Left);
