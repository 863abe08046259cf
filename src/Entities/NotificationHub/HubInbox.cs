namespace DurableObjects.Entities;

/// <summary>How full an inbox is.</summary>
/// <param name="Unread">Notifications that are not marked as read.</param>
/// <param name="Kept">Notifications in all.</param>
/// <param name="Dropped">Notifications that went unread since the subscriber is known: for room, or for their age.</param>
public sealed record HubInbox(int Unread, int Kept, long Dropped);
