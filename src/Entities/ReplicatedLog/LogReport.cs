namespace DurableObjects.Entities;

/// <summary>What a follower has, for a leader that has lost entries.</summary>
/// <param name="Replica">The follower's number.</param>
/// <param name="Epoch">
/// The epoch that it has promised, or the higher one because of which it did not: it takes nothing of a lower one any more.
/// </param>
/// <param name="Promised">Whether it has promised the epoch that was asked for.</param>
/// <param name="Committed">The index up to which it knows the log to be committed.</param>
/// <param name="CommittedHash">The hash at that index.</param>
/// <param name="Replicas">The number of followers at that index.</param>
/// <param name="Tail">What it has after that index, in order.</param>
/// <param name="Dismissed">Whether it was dismissed, so that it knows that index and has nothing to give back.</param>
public sealed record LogReport(
    int Replica, long Epoch, bool Promised, long Committed, string CommittedHash, int Replicas, IReadOnlyList<LogLink> Tail,
    bool Dismissed);

/// <summary>An entry of which only the hash is told.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Replicas">The number of followers from here on, for an entry that changes it; null otherwise.</param>
public sealed record LogLink(string Hash, int? Replicas);
