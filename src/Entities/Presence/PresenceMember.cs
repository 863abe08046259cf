using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A member of a room: what <c>joined</c> and <c>changed</c> carry, and <c>members</c> a list of. Times are in UTC.</summary>
/// <param name="Member">Its id.</param>
/// <param name="State">Whether it is here, away or gone.</param>
/// <param name="Status">What it says of itself, perhaps nothing.</param>
/// <param name="Meta">Any JSON that it gave of itself, or null.</param>
/// <param name="Since">When it came the last time.</param>
/// <param name="LastSeen">When it was last heard of.</param>
public sealed record PresenceMember(
    string Member, PresenceState State, string Status, JsonElement? Meta, DateTimeOffset Since, DateTimeOffset LastSeen);
