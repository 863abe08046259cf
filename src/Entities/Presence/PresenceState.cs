namespace DurableObjects.Entities;

/// <summary>Whether a member is in the room.</summary>
public enum PresenceState
{
    /// <summary>Not in the room. It is known when it was last seen.</summary>
    Gone,

    /// <summary>In the room, and heard of lately.</summary>
    Here,

    /// <summary>In the room, but says so itself that it is away, or has not been heard of as often as it promised.</summary>
    Away,
}
