namespace DurableObjects.Entities;

/// <summary>What <c>committed</c> carries: the entries from one index to another are committed from now on.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
public sealed record LogCommitted(long From, long To);
