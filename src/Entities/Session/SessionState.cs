namespace DurableObjects.Entities;

/// <summary>A session, as it is listed and as validating answers. Times are in UTC, to the millisecond.</summary>
/// <param name="SessionId">Its id.</param>
/// <param name="Device">What it was created for.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="SeenAt">
/// When it was last seen, late by up to a tenth of its time to live: see <see cref="ISession.Validate"/>.
/// </param>
/// <param name="ExpiresAt">When it expires unless it is validated before.</param>
/// <param name="EndsAt">When it expires in any case.</param>
public sealed record SessionState(
    string SessionId, string Device, DateTimeOffset CreatedAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt, DateTimeOffset EndsAt);
