namespace DurableObjects.Entities;

/// <summary>One that would lead.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ExpiresAt">Its candidacy lasts until just before this time, in UTC, unless it campaigns again.</param>
public sealed record Candidate(string Name, DateTimeOffset ExpiresAt);
