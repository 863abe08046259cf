namespace DurableObjects.Entities;

/// <summary>What a sharded counter knows.</summary>
/// <param name="Total">The sum of what the shards have reported of the running epoch.</param>
/// <param name="StalenessSeconds">
/// How long after an add its shard reports it; the total has it when the report has arrived. So long, and what the host takes for an alarm
/// and a signal, an add is missing at most.
/// </param>
/// <param name="Shards">To how many shards callers are sent.</param>
/// <param name="ReportedAt">When the newest report was made, in UTC; null if there is none.</param>
/// <param name="Round">
/// The newest round that is complete: the total has every add that was answered before the call that asked for it.
/// </param>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="IsEpochComplete">Whether every shard counts in the running epoch, and none in the one before.</param>
/// <param name="PreviousTotal">
/// The sum of the epoch before: exact and final once <paramref name="IsEpochComplete"/>. 0 in the first epoch.
/// </param>
public sealed record ShardedCounterTotal(
    long Total, decimal StalenessSeconds, int Shards, DateTimeOffset? ReportedAt, long Round, long Epoch, bool IsEpochComplete,
    long PreviousTotal);
