namespace DurableObjects.Entities;

/// <summary>
/// What a follower keeps when it is one no more. A leader that has forgotten the change would ask it again, and take its empty log for
/// the answer of one that never had anything.
/// </summary>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Index">The index up to which the log was committed then, the change included.</param>
/// <param name="Hash">The hash at that index.</param>
/// <param name="Replicas">The number of followers at that index.</param>
public sealed record LogDismissal(long Epoch, long Index, string Hash, int Replicas);
