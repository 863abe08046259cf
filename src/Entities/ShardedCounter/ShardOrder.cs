namespace DurableObjects.Entities;

/// <summary>What a counter tells a shard, which reports at once.</summary>
/// <param name="Epoch">The running epoch. A shard that was in another begins at 0.</param>
/// <param name="Staleness">Milliseconds after an add at which it is reported.</param>
/// <param name="Round">The round that the report is for.</param>
public sealed record ShardOrder(long Epoch, long Staleness, long Round);
