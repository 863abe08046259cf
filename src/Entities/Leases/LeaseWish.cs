namespace DurableObjects.Entities;

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
