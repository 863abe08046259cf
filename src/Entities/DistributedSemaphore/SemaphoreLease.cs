namespace DurableObjects.Entities;

/// <summary>What an owner holds of a semaphore.</summary>
/// <param name="Owner">Who.</param>
/// <param name="FencingToken">Larger than that of every lease before it.</param>
/// <param name="Permits">How many permits.</param>
/// <param name="AcquiredAt">When they were granted, in UTC.</param>
/// <param name="ExpiresAt">The lease holds until just before this time, in UTC, to the millisecond.</param>
public sealed record SemaphoreLease(string Owner, long FencingToken, int Permits, DateTimeOffset AcquiredAt, DateTimeOffset ExpiresAt)
{
    internal static SemaphoreLease Of(LeaseRow lease) =>
        new(lease.Owner, lease.Token, lease.Permits, lease.AcquiredAt, lease.ExpiresAt);
}
