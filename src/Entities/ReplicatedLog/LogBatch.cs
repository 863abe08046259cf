namespace DurableObjects.Entities;

/// <summary>A piece of a log on its way: from the leader to a follower, or back to a leader that has lost it.</summary>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Sequence">Counts what the leader sent to this follower; its answer repeats it.</param>
/// <param name="Snapshot">What comes before, if the receiver may lack it.</param>
/// <param name="Previous">The index before the first record.</param>
/// <param name="PreviousHash">The hash at that index.</param>
/// <param name="Records">The records that follow, perhaps none.</param>
/// <param name="Last">The sender's last index.</param>
/// <param name="Committed">The index up to which the sender knows the log to be committed.</param>
public sealed record LogBatch(
    long Epoch, long Sequence, LogSnapshot? Snapshot, long Previous, string PreviousHash, IReadOnlyList<LogRecord> Records, long Last,
    long Committed);
