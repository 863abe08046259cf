namespace DurableObjects.Entities;

/// <summary>A session that was created, or whose token was renewed.</summary>
/// <param name="SessionId">Its id, which is no secret: devices are listed and revoked by it.</param>
/// <param name="Token">
/// What the client shows from now on: the id, a dot and 256 random bits. It is given out this once; the object knows its hash only.
/// </param>
/// <param name="ExpiresAt">When the session expires if it is not validated before, in UTC.</param>
/// <param name="Dropped">The session that had to go because there were too many, or null.</param>
public sealed record SessionTicket(string SessionId, string Token, DateTimeOffset ExpiresAt, string? Dropped = null);
