namespace DurableObjects.Entities;

/// <summary>A lease as stored. Times are milliseconds of the epoch.</summary>
internal sealed record LeaseRow(string Owner, long Token, int Permits, long Since, long Expires)
{
    public DateTimeOffset AcquiredAt => DateTimeOffset.FromUnixTimeMilliseconds(Since);

    public DateTimeOffset ExpiresAt => DateTimeOffset.FromUnixTimeMilliseconds(Expires);

    public Lease ToLease() => new(Owner, Token, AcquiredAt, ExpiresAt);
}

/// <summary>A place in the queue as stored, with what its owner wants. Times are milliseconds.</summary>
internal sealed record WaiterRow(long Number, string Owner, int Permits, int Capacity, long Ttl, long Ends)
{
    public DateTimeOffset WaitsUntil => DateTimeOffset.FromUnixTimeMilliseconds(Ends);

    public LeaseWaiter ToWaiter() => new(Owner, WaitsUntil);
}

/// <summary>What an owner asks for.</summary>
internal sealed record LeaseWish(string Owner, int Permits, int Capacity, long Ttl, long Wait)
{
    /// <summary>Checks what a caller asks for, and makes milliseconds of its seconds.</summary>
    public static LeaseWish Of(string owner, string name, decimal ttlSeconds, decimal waitSeconds, int permits = 1, int capacity = 1)
    {
        Argument.Text(owner, name, LeaseLimits.OwnerCharacters);
        return new LeaseWish(
            owner, permits, capacity, TtlOf(ttlSeconds),
            Argument.Milliseconds(waitSeconds, "waitSeconds", 0, LeaseLimits.MaxWaitSeconds));
    }

    public static long TtlOf(decimal ttlSeconds) =>
        Argument.Milliseconds(ttlSeconds, "ttlSeconds", LeaseLimits.MinTtlSeconds, LeaseLimits.MaxTtlSeconds);
}

/// <summary>What became of it: a lease, a place in the queue, or neither.</summary>
internal sealed record LeaseOutcome(LeaseRow? Lease, WaiterRow? Place);
