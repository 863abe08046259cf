namespace DurableObjects.Entities;

/// <summary>How a replicated log stands, as its leader sees it.</summary>
/// <param name="State">Whether it takes entries.</param>
/// <param name="Replicas">How many followers there are.</param>
/// <param name="Majority">How many of them must have an entry for it to be committed.</param>
/// <param name="First">The first index that is kept: those before it were compacted.</param>
/// <param name="Last">The last index; 0 for none.</param>
/// <param name="Committed">The index up to which the log is committed; 0 for none.</param>
/// <param name="PendingSince">Since when the first entry that is not committed, or the recovery, has waited; null if nothing does.</param>
/// <param name="UnavailableAfterSeconds">How long that may be before the log is unavailable.</param>
/// <param name="Epoch">Counts the recoveries, from 1.</param>
/// <param name="Followers">The followers, by number.</param>
public sealed record LogStatus(
    LogHealth State, int Replicas, int Majority, long First, long Last, long Committed, DateTimeOffset? PendingSince,
    decimal UnavailableAfterSeconds, long Epoch, IReadOnlyList<LogReplica> Followers);

/// <summary>A follower, as the leader knows it.</summary>
/// <param name="Number">Its number: the follower's name is the log's, a colon and this.</param>
/// <param name="Matched">The index up to which it has acknowledged.</param>
/// <param name="HeardAt">When it was last heard from; null for never.</param>
/// <param name="Unanswered">How many messages in a row have gone to it in vain.</param>
public sealed record LogReplica(int Number, long Matched, DateTimeOffset? HeardAt, int Unanswered);
