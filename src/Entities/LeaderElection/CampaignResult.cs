namespace DurableObjects.Entities;

/// <summary>How a candidate stands.</summary>
/// <param name="IsLeader">Whether it leads now.</param>
/// <param name="Leader">Who leads.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Position">Its place among those who follow; 1 is elected next. Null for the leader.</param>
/// <param name="ExpiresAt">
/// Its leadership, or its candidacy, lasts until just before this time, in UTC, unless it is renewed.
/// </param>
public sealed record CampaignResult(bool IsLeader, string Leader, long Term, int? Position, DateTimeOffset ExpiresAt);
