namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>counter-shard</c>. The shard <c>{name}:{number}</c> counts for the sharded counter
/// <c>{name}</c>, whether or not callers are sent to it; numbers go from 0 to below <see cref="ShardedCounter.MaxShards"/>.
/// </summary>
public interface ICounterShard
{
    /// <summary>
    /// Adds. An <c>Idempotency-Key</c> is remembered by the shard that it was sent to, so a repetition must go to the same one.
    /// </summary>
    /// <param name="by">Minus <see cref="CounterShard.MaxBy"/> to plus <see cref="CounterShard.MaxBy"/>.</param>
    /// <returns>What this shard has counted in its epoch.</returns>
    /// <exception cref="DurableObjectException">
    /// The key is not that of a shard (400), or the sum is beyond plus or minus <see cref="CounterShard.MaxCount"/> (409 <c>overflow</c>).
    /// </exception>
    Task<long> Add(long by = 1);

    /// <summary>What this shard has counted in its epoch. Read-only.</summary>
    Task<long> Get();

    /// <summary>For the shard's counter alone, anybody else is refused (403 <c>forbidden</c>): reports, and does as told.</summary>
    Task Obey(ShardOrder order);
}
