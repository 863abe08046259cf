namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>presence</c>.</summary>
public interface IPresence
{
    /// <summary>
    /// Says that a member is here, for those who have no socket. It is in the room from now until the time is up, or longer if it has
    /// sockets or beats again.
    /// </summary>
    /// <param name="member">1 to <see cref="Presence.MemberCharacters"/> characters, not all blank.</param>
    /// <param name="ttlSeconds">1 to <see cref="Presence.MaxTtlSeconds"/>, with up to three decimals.</param>
    /// <param name="update">What it says of itself; what is left out stays as it is.</param>
    /// <returns>The member as it is now.</returns>
    /// <exception cref="DurableObjectException">
    /// An argument is outside its limits (400), or the room is full (409 <c>too-many-members</c>).
    /// </exception>
    Task<PresenceMember> Beat(string member, decimal ttlSeconds, PresenceUpdate? update = null);

    /// <summary>Has a member leave at once, on all its devices: their sockets are closed.</summary>
    /// <returns>Whether it was in the room.</returns>
    Task<bool> Leave(string member);

    /// <summary>Who is in the room, by id. Read-only.</summary>
    Task<IReadOnlyList<PresenceMember>> List();

    /// <summary>
    /// A member, also one that is gone: those that left last are remembered for <see cref="Presence.KeptDays"/> days, and
    /// <see cref="Presence.MaxGone"/> of them at most. Null if it is not known. Read-only.
    /// </summary>
    Task<PresenceMember?> Get(string member);
}
