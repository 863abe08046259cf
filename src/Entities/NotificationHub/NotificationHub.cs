using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// Subscribers watch topics, with MQTT's wildcards, and areas of the map; what is posted reaches those who watch it. It goes into their
/// inboxes, with marks for what was read, and at once to those who are connected with <c>?subscriber=</c>.
/// </summary>
[DurableObject("notification-hub")]
public sealed class NotificationHub : DurableObject, INotificationHub
{
    /// <summary>Characters (UTF-16) of a subscriber, a poster and a post's id. A subscriber is a socket's tag, too.</summary>
    public const int NameCharacters = 128;

    /// <summary>Characters (UTF-16) of a topic.</summary>
    public const int TopicCharacters = 256;

    /// <summary>
    /// Levels of a topic. Each may be watched by name or by <c>+</c>, so a post looks at 2,047 beginnings of filters, whatever is watched.
    /// </summary>
    public const int TopicLevels = 10;

    /// <summary>
    /// Bytes of a payload, as JSON. A post to all sockets, and a page of an inbox, stay below <see cref="Limits.SocketSendBytes"/> and
    /// <see cref="Limits.ResponseBytes"/>.
    /// </summary>
    public const int PayloadBytes = 4 * 1_024;

    /// <summary>Watches of one subscriber.</summary>
    public const int MaxWatches = 100;

    /// <summary>Subscribers. A post that reaches all of them changes a page of each one's inbox, a megabyte in all.</summary>
    public const int MaxSubscribers = 1_000;

    /// <summary>Notifications that are kept for one subscriber.</summary>
    public const int MaxInbox = 500;

    /// <summary>Posts that are kept, in whoever's inboxes: 60 MB if all are of the largest.</summary>
    public const int MaxPosts = 10_000;

    /// <summary>Ids of posts that are known again.</summary>
    public const int MaxIds = 10_000;

    /// <summary>How long an id is known again, as an idempotency key is.</summary>
    public const int IdHours = 24;

    /// <summary>How long a notification is kept, read or not.</summary>
    public const int KeepDays = 30;

    /// <summary>Sockets in all, for the sake of <see cref="Limits.SocketSendBytes"/>.</summary>
    public const int MaxSockets = 2_000;

    /// <summary>Sockets of one subscriber: devices, and those that were lost and are not noticed yet.</summary>
    public const int MaxSocketsEach = 10;

    /// <summary>Posts a second in all, over time. Each is a durable commit of one object.</summary>
    public const int PostsPerSecond = 100;

    /// <summary>Posts in all that may come at once after a rest.</summary>
    public const int Burst = 200;

    /// <summary>Posts a second of one poster, over time.</summary>
    public const int PostsPerSecondEach = 10;

    /// <summary>Posts of one poster that may come at once after a rest.</summary>
    public const int BurstEach = 20;

    /// <summary>Notifications of one page.</summary>
    public const int PageNotifications = 500;

    /// <summary>
    /// Unread notifications that a client gets when it connects. The largest stay below <see cref="Limits.SocketMessageBytes"/>.
    /// </summary>
    public const int UnreadOnConnect = 50;

    /// <summary>The error code of one watch too many.</summary>
    public const string TooManyWatches = "too-many-watches";

    /// <summary>The error code of one subscriber too many.</summary>
    public const string TooManySubscribers = "too-many-subscribers";

    /// <summary>The error code of one socket too many.</summary>
    public const string TooManySockets = "too-many-sockets";

    /// <summary>The error code of posts that come too fast.</summary>
    public const string TooManyPosts = "too-many-posts";

    /// <summary>Entries of inboxes that one turn of the alarm takes out when their time is over; the next turn goes on.</summary>
    private const int ExpireAtOnce = 5_000;

    private readonly HubWatches _watches;
    private readonly HubInboxes _inboxes;
    private readonly HubPace _pace;

    /// <summary>A hub.</summary>
    public NotificationHub(ObjectContext context)
        : base(context)
    {
        _watches = new HubWatches(Storage);
        _inboxes = new HubInboxes(Storage);
        _pace = new HubPace(Storage);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [HubWatches.Migration + HubInboxes.Migration + HubPace.Migration];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<HubWatch> Watch(string subscriber, string? topic = null, GeoBox? area = null)
    {
        Check(subscriber, topic, area);
        long? known = _inboxes.Key(subscriber);
        if (known is { } there && _watches.Find(there, topic, area) is { } watch)
        {
            return Task.FromResult(watch);
        }
        if (known is null && _inboxes.Subscribers() >= MaxSubscribers)
        {
            throw new DurableObjectException(
                409, TooManySubscribers, $"There are {MaxSubscribers:N0} subscribers, which is the limit; have some forgotten.");
        }
        long key = known ?? _inboxes.Register(subscriber);
        if (_watches.Count(key) >= MaxWatches)
        {
            throw new DurableObjectException(409, TooManyWatches, $"'{subscriber}' has {MaxWatches} watches, which is the limit.");
        }
        return Task.FromResult(_watches.Add(key, topic, area, Now));
    }

    /// <inheritdoc/>
    public Task<bool> Unwatch(string subscriber, string? topic = null, GeoBox? area = null)
    {
        Check(subscriber, topic, area);
        bool wasThere = _inboxes.Key(subscriber) is { } key && _watches.Remove(key, topic, area);
        if (wasThere)
        {
            _inboxes.ForgetIdle();
            EndIfEmpty();
        }
        return Task.FromResult(wasThere);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<HubWatch>> Watches(string subscriber)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        return Task.FromResult(_inboxes.Key(subscriber) is { } key ? _watches.Of(key) : []);
    }

    /// <inheritdoc/>
    public Task<HubReceipt> Post(
        string topic, JsonElement? payload = null, GeoPosition? position = null, string? id = null, string? by = null)
    {
        HubTopic.CheckName(topic, "topic");
        string? json = Argument.Json(payload, "payload", PayloadBytes);
        position?.Check("position");
        CheckName(id, "id");
        CheckName(by, "by");
        long now = Now;
        if (id is not null && _inboxes.Earlier(id, now) is { } earlier)
        {
            return Task.FromResult(earlier);
        }
        HashSet<long> reached = _watches.Matching(topic, position);
        if (reached.Count == 0 && id is null)
        {
            return Task.FromResult(new HubReceipt(null, 0));
        }
        _pace.Take(by, now);
        HubReceipt receipt = new(null, reached.Count);
        if (reached.Count > 0)
        {
            HubNotification post = _inboxes.Add(
                new HubNotification(0, topic, payload, position, by, DateTimeOffset.FromUnixTimeMilliseconds(now)), json, reached);
            receipt = receipt with { Number = post.Number };
            Send(post, reached);
        }
        if (id is not null)
        {
            _inboxes.Remember(id, receipt, now);
        }
        SetAlarm();
        return Task.FromResult(receipt);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<HubNotification>> Inbox(string subscriber, int limit = 50, long? before = null, bool unreadOnly = false)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        Argument.Within(limit, "limit", 1, PageNotifications);
        return Task.FromResult(
            _inboxes.Key(subscriber) is { } key ? _inboxes.Page(key, limit, before ?? long.MaxValue, unreadOnly, Now) : []);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<HubInbox> Unread(string subscriber)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        return Task.FromResult(Count(subscriber));
    }

    /// <inheritdoc/>
    public Task<HubInbox> MarkRead(string subscriber, long? upTo = null, IReadOnlyList<long>? numbers = null)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        return Task.FromResult(Mark(subscriber, new HubRead(upTo, numbers)));
    }

    /// <inheritdoc/>
    public Task<bool> Forget(string subscriber)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        if (_inboxes.Key(subscriber) is not { } key)
        {
            return Task.FromResult(false);
        }
        _watches.RemoveAll(key);
        _inboxes.Remove(key);
        EndIfEmpty();
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string subscriber = opening.Query.GetValueOrDefault("subscriber")
            ?? throw Argument.Invalid("Connect with '?subscriber='; it is missing.");
        Argument.Text(subscriber, "subscriber", NameCharacters);
        // The new one is among them.
        if (Context.Sockets.Count > MaxSockets || Context.Sockets.List(subscriber).Count >= MaxSocketsEach)
        {
            throw new DurableObjectException(
                409, TooManySockets, $"The limits are {MaxSocketsEach} sockets of a subscriber, and {MaxSockets:N0} in all.");
        }
        HubInbox count = Count(subscriber);
        IReadOnlyList<HubNotification> newest = _inboxes.Key(subscriber) is { } key
            ? _inboxes.Page(key, UnreadOnConnect, long.MaxValue, unreadOnly: true, Now)
            : [];
        socket.SetTags(subscriber);
        socket.Send("inbox", new HubWelcome(count.Unread, count.Kept, count.Dropped, newest));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        HubRead read = message.As<HubMessage>()?.Read
            ?? throw Argument.Invalid(
                "A message to a notification hub is { \"read\": { \"upTo\": … } } or { \"read\": { \"numbers\": [ … ] } }.");
        Mark(socket.Tags[0], read);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        _inboxes.Expire(Now, ExpireAtOnce);
        _inboxes.ForgetIdle();
        SetAlarm();
        EndIfEmpty();
        return ValueTask.CompletedTask;
    }

    private static void Check(string subscriber, string? topic, GeoBox? area)
    {
        Argument.Text(subscriber, "subscriber", NameCharacters);
        if (topic is null && area is null)
        {
            throw Argument.Invalid("'topic' or 'area' must be given, or both.");
        }
        if (topic is not null)
        {
            HubTopic.CheckFilter(topic, "topic");
        }
        area?.Check("area");
    }

    private static void CheckName(string? value, string name)
    {
        if (value is not null)
        {
            Argument.Text(value, name, NameCharacters);
        }
    }

    private HubInbox Count(string subscriber) => _inboxes.Key(subscriber) is { } key ? _inboxes.Count(key, Now) : new HubInbox(0, 0, 0);

    private HubInbox Mark(string subscriber, HubRead read)
    {
        if (read.UpTo is null == read.Numbers is null)
        {
            throw Argument.Invalid("One of 'upTo' and 'numbers' must be given.");
        }
        if (read.Numbers is { } numbers)
        {
            Argument.Within(numbers.Count, "numbers.length", 1, MaxInbox);
        }
        bool isNews = _inboxes.Key(subscriber) is { } key && _inboxes.MarkRead(key, read) > 0;
        HubInbox count = Count(subscriber);
        if (isNews)
        {
            Context.Sockets.SendToTag(subscriber, "read", new HubMarked(read.UpTo, read.Numbers, count.Unread));
        }
        return count;
    }

    /// <summary>Sends to the sockets of subscribers. They are looked through once: to find those of one tag takes as long.</summary>
    private void Send(HubNotification post, HashSet<long> subscribers)
    {
        if (Context.Sockets.Count == 0)
        {
            return;
        }
        HashSet<string> names = [.. subscribers.Select(_inboxes.Name)];
        foreach (ObjectSocket socket in Context.Sockets.List().Where(socket => names.Contains(socket.Tags[0])))
        {
            socket.Send("notification", post);
        }
    }

    private void SetAlarm()
    {
        if (_inboxes.NextEnd() is { } next && DateTimeOffset.FromUnixTimeMilliseconds(next) is var at && !(Storage.GetAlarm() <= at))
        {
            Storage.SetAlarm(at);
        }
    }

    private void EndIfEmpty()
    {
        if (Context.Sockets.Count == 0 && _inboxes.IsEmpty())
        {
            Storage.DeleteAll();
        }
    }
}
