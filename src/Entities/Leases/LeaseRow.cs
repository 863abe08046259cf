namespace DurableObjects.Entities;

/// <summary>A lease as stored. Times are milliseconds of the epoch.</summary>
internal sealed record LeaseRow(string Owner, long Token, int Permits, long Since, long Expires)
{
    public DateTimeOffset AcquiredAt => DateTimeOffset.FromUnixTimeMilliseconds(Since);

    public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeMilliseconds(Expires);

    public Lease ToLease() => new(Owner, Token, AcquiredAt, ExpiresAt);
}
