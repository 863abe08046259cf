using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>notification-hub</c>. Subscribers and posters are who the callers say they are, by 1 to
/// <see cref="NotificationHub.NameCharacters"/> characters. Arguments outside their limits are refused (400 <c>invalid-argument</c>).
/// </summary>
public interface INotificationHub
{
    /// <summary>Has a subscriber get posts of a topic, or with a position within an area; given both, those that are both.</summary>
    /// <param name="subscriber">Who watches.</param>
    /// <param name="topic">
    /// A topic filter by MQTT's rules: 1 to <see cref="NotificationHub.TopicCharacters"/> characters, at most
    /// <see cref="NotificationHub.TopicLevels"/> levels.
    /// </param>
    /// <param name="area">A box.</param>
    /// <returns>The watch; the one that was there if the subscriber watches just that already.</returns>
    /// <exception cref="DurableObjectException">
    /// The subscriber has <see cref="NotificationHub.MaxWatches"/> watches (409 <c>too-many-watches</c>), or the hub
    /// <see cref="NotificationHub.MaxSubscribers"/> subscribers (409 <c>too-many-subscribers</c>).
    /// </exception>
    Task<HubWatch> Watch(string subscriber, string? topic = null, GeoBox? area = null);

    /// <summary>Ends a watch. What is in the inbox stays there.</summary>
    /// <returns>Whether there was such a watch.</returns>
    Task<bool> Unwatch(string subscriber, string? topic = null, GeoBox? area = null);

    /// <summary>What a subscriber watches, oldest first. Read-only.</summary>
    Task<IReadOnlyList<HubWatch>> Watches(string subscriber);

    /// <summary>Puts something into the inboxes of all who watch its topic or position, and sends it to those who are connected.</summary>
    /// <param name="topic">A topic name: as a filter, without wildcards.</param>
    /// <param name="payload">
    /// Any JSON of at most <see cref="NotificationHub.PayloadBytes"/>, nested <see cref="JsonLimits.Depth"/> deep at most.
    /// </param>
    /// <param name="position">Where it is about.</param>
    /// <param name="id">
    /// Makes it idempotent: of posts with the same id only the first counts, for <see cref="NotificationHub.IdHours"/> hours and among the
    /// last <see cref="NotificationHub.MaxIds"/> ids.
    /// </param>
    /// <param name="by">Who posts.</param>
    /// <exception cref="DurableObjectException">
    /// The poster, or all of them, post faster than they may (429 <c>too-many-posts</c>, with the time to wait).
    /// </exception>
    Task<HubReceipt> Post(
        string topic, JsonElement? payload = null, GeoPosition? position = null, string? id = null, string? by = null);

    /// <summary>A page of a subscriber's inbox, newest first. Read-only.</summary>
    /// <param name="subscriber">Whose.</param>
    /// <param name="limit">How many at most: 1 to <see cref="NotificationHub.PageNotifications"/>.</param>
    /// <param name="before">Only those with smaller numbers: give the last of a page to get the next.</param>
    /// <param name="unreadOnly">Whether to leave out what is marked as read.</param>
    Task<IReadOnlyList<HubNotification>> Inbox(string subscriber, int limit = 50, long? before = null, bool unreadOnly = false);

    /// <summary>How full a subscriber's inbox is. Read-only.</summary>
    Task<HubInbox> Unread(string subscriber);

    /// <summary>Marks notifications as read and tells all clients of the subscriber. What is not there is ignored.</summary>
    /// <param name="subscriber">Whose.</param>
    /// <param name="upTo">All up to this number; or else:</param>
    /// <param name="numbers">Just these, 1 to <see cref="NotificationHub.MaxInbox"/>.</param>
    /// <returns>How full the inbox is after it.</returns>
    Task<HubInbox> MarkRead(string subscriber, long? upTo = null, IReadOnlyList<long>? numbers = null);

    /// <summary>Forgets a subscriber with watches and inbox. Its clients stay connected.</summary>
    /// <returns>Whether there was such a subscriber.</returns>
    Task<bool> Forget(string subscriber);
}
