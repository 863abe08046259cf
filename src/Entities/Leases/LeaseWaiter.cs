namespace DurableObjects.Entities;

/// <summary>A place in the queue.</summary>
/// <param name="Owner">Whose.</param>
/// <param name="WaitsUntil">It is kept until just before this time, in UTC, unless its owner asks again.</param>
public sealed record LeaseWaiter(string Owner, DateTimeOffset WaitsUntil);
