namespace DurableObjects.Entities;

/// <summary>A follower's answer to a batch.</summary>
/// <param name="Replica">The follower's number.</param>
/// <param name="Epoch">The newest epoch that it has heard of.</param>
/// <param name="Sequence">The batch's sequence; 0 if it speaks up by itself.</param>
/// <param name="Verdict">What it did with the batch.</param>
/// <param name="Verified">The index up to which its log is the leader's of this epoch.</param>
/// <param name="Hash">The hash at that index.</param>
/// <param name="Committed">The index up to which it knows the log to be committed.</param>
/// <param name="Base">The last index that it has compacted.</param>
public sealed record LogReply(
    int Replica, long Epoch, long Sequence, LogVerdict Verdict, long Verified, string Hash, long Committed, long Base);

/// <summary>What a follower did with a batch.</summary>
public enum LogVerdict
{
    /// <summary>It has it.</summary>
    Stored,

    /// <summary>It lacks what comes before, and waits for a batch that begins after what it has verified.</summary>
    Gap,

    /// <summary>
    /// It has it, but was dismissed once, and has not come to what it knew then: it cannot tell yet whether this is the same log, and
    /// counts for no majority.
    /// </summary>
    Joining,

    /// <summary>It has more than the leader, or something else: the leader has lost entries.</summary>
    LeaderBehind,
}
