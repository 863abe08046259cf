namespace DurableObjects.Entities;

/// <summary>What <c>left</c> carries.</summary>
/// <param name="Member">Who is gone.</param>
/// <param name="LastSeen">When it was last heard of, in UTC.</param>
public sealed record PresenceLeft(string Member, DateTimeOffset LastSeen);
