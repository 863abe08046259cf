namespace DurableObjects.Entities;

/// <summary>What <c>inbox</c> carries: the first that a client hears.</summary>
/// <param name="Unread">Notifications that are not marked as read.</param>
/// <param name="Kept">Notifications in all.</param>
/// <param name="Dropped">Notifications that went unread.</param>
/// <param name="Newest">The newest unread ones, newest first, <see cref="NotificationHub.UnreadOnConnect"/> at most.</param>
public sealed record HubWelcome(int Unread, int Kept, long Dropped, IReadOnlyList<HubNotification> Newest);
