namespace DurableObjects.Entities;

/// <summary>What an owner holds.</summary>
/// <param name="Owner">Who.</param>
/// <param name="FencingToken">Larger than that of every lease before it.</param>
/// <param name="AcquiredAt">When it was granted, in UTC.</param>
/// <param name="ExpiresAt">It holds until just before this time, in UTC, to the millisecond.</param>
public sealed record Lease(string Owner, long FencingToken, DateTimeOffset AcquiredAt, DateTimeOffset ExpiresAt);
