namespace DurableObjects.Entities;

/// <summary>A place in the queue as stored, with what its owner wants. Times are milliseconds.</summary>
internal sealed record WaiterRow(long Number, string Owner, int Permits, int Capacity, long Ttl, long Ends)
{
    public DateTimeOffset WaitsUntil => DateTimeOffset.FromUnixTimeMilliseconds(Ends);

    public LeaseWaiter ToWaiter() => new(Owner, WaitsUntil);
}
