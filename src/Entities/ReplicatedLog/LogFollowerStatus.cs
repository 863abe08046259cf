namespace DurableObjects.Entities;

/// <summary>How a follower of a replicated log stands.</summary>
/// <param name="First">The first index that it keeps: those before it were compacted.</param>
/// <param name="Last">The last index that it has; 0 for none.</param>
/// <param name="Committed">The index up to which it has been told that the log is committed; 0 for none.</param>
/// <param name="Hash">The hash of its last entry.</param>
/// <param name="Epoch">The newest epoch of the leader that it has heard of.</param>
/// <param name="Isolated">Whether it drops what the leader sends: <see cref="ILogFollower.Isolate"/>.</param>
public sealed record LogFollowerStatus(long First, long Last, long Committed, string Hash, long Epoch, bool Isolated);
