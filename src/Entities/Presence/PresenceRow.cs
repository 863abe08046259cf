using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A member as the table has it: times in milliseconds, what it told of itself as JSON.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Told">The state that the sockets have been told.</param>
/// <param name="Status">What it says of itself.</param>
/// <param name="Away">Whether it says that it is away.</param>
/// <param name="Meta">What it gave of itself.</param>
/// <param name="Since">When it came the last time.</param>
/// <param name="LastSeen">When it was last heard of.</param>
/// <param name="BeatUntil">How long its last beat over HTTP counts.</param>
/// <param name="GraceUntil">How long it stays after its last socket has closed.</param>
/// <param name="HereUntil">How long it is here if nothing more is heard of it.</param>
/// <param name="PresentUntil">How long it is in the room then: not shorter.</param>
/// <param name="Due">When its state changes next, or it is forgotten.</param>
internal sealed record PresenceRow(
    string Id, PresenceState Told, string Status, bool Away, string? Meta, long Since, long LastSeen, long BeatUntil, long GraceUntil,
    long HereUntil, long PresentUntil, long Due)
{
    public static PresenceRow New(string id) => new(id, PresenceState.Gone, "", false, null, 0, 0, 0, 0, 0, 0, 0);

    public PresenceState StateAt(long now) =>
        now >= PresentUntil ? PresenceState.Gone : Away || now >= HereUntil ? PresenceState.Away : PresenceState.Here;

    public PresenceMember ToMember(long now) => new(
        Id, StateAt(now), Status, Meta is null ? null : JsonSerializer.Deserialize<JsonElement>(Meta),
        DateTimeOffset.FromUnixTimeMilliseconds(Since), DateTimeOffset.FromUnixTimeMilliseconds(LastSeen));
}
