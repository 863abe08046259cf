namespace DurableObjects.Entities;

/// <summary>What a shard has counted. It says all, not what is new, so that one report makes up for any that is missing.</summary>
/// <param name="Shard">The shard's number.</param>
/// <param name="At">
/// When it was made, in milliseconds; later than any before, so that of two reports the newer is known whatever the order they come in.
/// </param>
/// <param name="Epoch">The epoch that the shard counts in; 0 if it was not told yet, which is the running one whichever that is.</param>
/// <param name="Count">What it has counted in it.</param>
/// <param name="Previous">What it counted in the epoch before.</param>
/// <param name="Round">The last round that it was asked for.</param>
/// <param name="Returned">
/// Whether the shard has returned to its past, so that it is to be believed whatever came before. Signals come in order.
/// </param>
public sealed record ShardReport(int Shard, long At, long Epoch, long Count, long Previous, long Round, bool Returned = false);
