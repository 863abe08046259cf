namespace DurableObjects.Entities;

/// <summary>Where to add.</summary>
/// <param name="Class">The object class of the shards.</param>
/// <param name="Keys">
/// Their keys. Take any for each add, at random or by a hash; it may be remembered for as long as is convenient.
/// </param>
public sealed record ShardedCounterShards(string Class, IReadOnlyList<string> Keys);
