namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>sharded-counter</c>: how many shards there are and what they have counted together. Adding is
/// done at the shards: <see cref="ICounterShard"/>.
/// </summary>
public interface IShardedCounter
{
    /// <summary>Where to add. Read-only.</summary>
    Task<ShardedCounterShards> Shards();

    /// <summary>What is known of the sum. Read-only.</summary>
    Task<ShardedCounterTotal> Total();

    /// <summary>
    /// Sends callers to more shards or to fewer. Nothing is lost: shards that callers are not sent to any more go on counting for
    /// those that have not heard of it, and count for the total.
    /// </summary>
    /// <param name="shards">1 to <see cref="ShardedCounter.MaxShards"/>.</param>
    Task<ShardedCounterShards> Resize(int shards);

    /// <summary>Sets after how long a shard reports an add.</summary>
    /// <param name="stalenessSeconds">
    /// <see cref="ShardedCounter.MinStalenessSeconds"/> to <see cref="ShardedCounter.MaxStalenessSeconds"/>, with up to three decimals.
    /// </param>
    Task Configure(decimal stalenessSeconds);

    /// <summary>
    /// Asks every shard for a report. When <see cref="ShardedCounterTotal.Round"/> has come to the answer, the total has every add that was
    /// answered before this call: read it until then. While a round runs the next waits for it, so any number of calls costs two rounds;
    /// one that has not ended after <see cref="ShardedCounter.RoundPatience"/> is asked for again.
    /// </summary>
    /// <returns>The number of the round.</returns>
    Task<long> Flush();

    /// <summary>
    /// Begins an epoch, whose total begins at 0. Each shard goes over to it once, when it hears of it, so each add counts in one epoch: one
    /// that was answered before this call in the epoch before, one that is made after <see cref="ShardedCounterTotal.IsEpochComplete"/>
    /// in the new one, and one in between in either.
    /// </summary>
    /// <returns>The new epoch.</returns>
    /// <exception cref="DurableObjectException">The running epoch is not complete (409 <c>epoch-incomplete</c>).</exception>
    Task<long> Reset();

    /// <summary>For shards alone, anybody else is refused (403 <c>forbidden</c>): takes what a shard has counted.</summary>
    Task Report(ShardReport report);
}
