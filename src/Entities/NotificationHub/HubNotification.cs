using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A post as it reaches those who watch.</summary>
/// <param name="Number">Grows with each post of the hub; markers of what was read and pages of inboxes go by it.</param>
/// <param name="Topic">What it is about.</param>
/// <param name="Payload">What it says, or null.</param>
/// <param name="Position">Where, or null.</param>
/// <param name="By">Who says so, or null.</param>
/// <param name="At">When the hub took it, in UTC, to the millisecond.</param>
/// <param name="Read">Whether the subscriber has marked it as read.</param>
public sealed record HubNotification(
    long Number, string Topic, JsonElement? Payload, GeoPosition? Position, string? By, DateTimeOffset At, bool Read = false);
