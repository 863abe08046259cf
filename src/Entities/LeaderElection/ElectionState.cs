namespace DurableObjects.Entities;

/// <summary>How an election stands. What is told of the leader is null while nobody leads.</summary>
/// <param name="Leader">The candidate that leads.</param>
/// <param name="Term">Its term.</param>
/// <param name="ElectedAt">When the term began, in UTC.</param>
/// <param name="ExpiresAt">It lasts until just before this time, in UTC, unless it is renewed.</param>
/// <param name="Candidates">Those who follow, the one that is elected next first.</param>
public sealed record ElectionState(
    string? Leader, long? Term, DateTimeOffset? ElectedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<Candidate> Candidates);
