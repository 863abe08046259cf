using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>Subscribers, what is kept for them, and what of it they have read. A post is stored once, however many it reaches.</summary>
internal sealed class HubInboxes(ObjectStorage storage)
{
    /// <remarks>The automatic numbers never come again, also when the newest post goes.</remarks>
    public const string Migration =
        """
        CREATE TABLE subscriber(
            key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kept INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE post(
            number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload TEXT, latitude REAL, longitude REAL, sender TEXT,
            at INTEGER NOT NULL);
        CREATE INDEX post_by_time ON post(at);
        CREATE TABLE inbox(
            subscriber INTEGER NOT NULL, number INTEGER NOT NULL, read INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(subscriber, number)) WITHOUT ROWID;
        CREATE INDEX inbox_by_post ON inbox(number);
        CREATE INDEX inbox_of_read ON inbox(subscriber, number) WHERE read = 1;
        CREATE TABLE known_id(id TEXT PRIMARY KEY, number INTEGER, reached INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX known_id_by_time ON known_id(at);
        """;

    private static readonly long Keep = (long)TimeSpan.FromDays(NotificationHub.KeepDays).TotalMilliseconds;
    private static readonly long KeepIds = (long)TimeSpan.FromHours(NotificationHub.IdHours).TotalMilliseconds;

    public long? Key(string subscriber) =>
        storage.Sql.Exec("SELECT key FROM subscriber WHERE name = ?", subscriber).FirstOrDefault()?.Get<long>(0);

    public int Subscribers() => storage.Sql.Exec("SELECT count(*) FROM subscriber").One().Get<int>(0);

    public long Register(string subscriber) =>
        storage.Sql.Exec("INSERT INTO subscriber(name) VALUES (?) RETURNING key", subscriber).One().Get<long>(0);

    public string Name(long key) => storage.Sql.Exec("SELECT name FROM subscriber WHERE key = ?", key).One().Get<string>(0)!;

    /// <summary>Stores a post and puts it into inboxes, whose oldest go where there is no room.</summary>
    public HubNotification Add(HubNotification post, string? payload, IEnumerable<long> subscribers)
    {
        long number = storage.Sql.Exec(
            "INSERT INTO post(topic, payload, latitude, longitude, sender, at) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
            post.Topic, payload, post.Position?.Latitude, post.Position?.Longitude, post.By, post.At.ToUnixTimeMilliseconds())
            .One().Get<long>(0);
        foreach (long subscriber in subscribers)
        {
            storage.Sql.Exec("INSERT INTO inbox(subscriber, number) VALUES (?, ?)", subscriber, number);
            int kept = storage.Sql.Exec("UPDATE subscriber SET kept = kept + 1 WHERE key = ? RETURNING kept", subscriber)
                .One().Get<int>(0);
            if (kept > NotificationHub.MaxInbox)
            {
                MakeRoom(subscriber);
            }
        }
        if (storage.Sql.Exec("SELECT count(*) FROM post").One().Get<int>(0) > NotificationHub.MaxPosts)
        {
            Drop(storage.Sql.Exec("SELECT min(number) FROM post").One().Get<long>(0));
        }
        return post with { Number = number };
    }

    public HubReceipt? Earlier(string id, long now) => storage.Sql
        .Exec("SELECT number, reached, 1 AS duplicate FROM known_id WHERE id = ? AND at > ?", id, now - KeepIds)
        .As<HubReceipt>().FirstOrDefault();

    public void Remember(string id, HubReceipt receipt, long now)
    {
        storage.Sql.Exec(
            "INSERT OR REPLACE INTO known_id(id, number, reached, at) VALUES (?, ?, ?, ?)", id, receipt.Number, receipt.Reached, now);
        if (storage.Sql.Exec("SELECT count(*) FROM known_id").One().Get<int>(0) > NotificationHub.MaxIds)
        {
            storage.Sql.Exec("DELETE FROM known_id WHERE id = (SELECT id FROM known_id ORDER BY at, id LIMIT 1)");
        }
    }

    public IReadOnlyList<HubNotification> Page(long subscriber, int limit, long before, bool unreadOnly, long now) =>
    [
        .. storage.Sql.Exec(
            """
            SELECT number, topic, payload, latitude, longitude, sender, at, read FROM inbox JOIN post USING (number)
            WHERE subscriber = ? AND number < ? AND read <= ? AND at > ? ORDER BY number DESC LIMIT ?
            """, subscriber, before, unreadOnly ? 0 : 1, now - Keep, limit).As<Row>().Select(row => row.ToNotification()),
    ];

    public HubInbox Count(long subscriber, long now)
    {
        SqlRow sums = storage.Sql.Exec(
            """
            SELECT sum(at > ?2 AND read = 0), sum(at > ?2), sum(at <= ?2 AND read = 0) FROM inbox JOIN post USING (number)
            WHERE subscriber = ?1
            """, subscriber, now - Keep).One();
        long dropped = storage.Sql.Exec("SELECT dropped FROM subscriber WHERE key = ?", subscriber).One().Get<long>(0);
        return new HubInbox(sums.Get<int>(0), sums.Get<int>(1), dropped + sums.Get<long>(2));
    }

    /// <summary>How many were not marked before.</summary>
    public long MarkRead(long subscriber, HubRead read) => read.UpTo is { } upTo
        ? storage.Sql.Exec("UPDATE inbox SET read = 1 WHERE subscriber = ? AND read = 0 AND number <= ?", subscriber, upTo).RowsWritten
        : read.Numbers!.Sum(number => storage.Sql.Exec(
            "UPDATE inbox SET read = 1 WHERE subscriber = ? AND number = ? AND read = 0", subscriber, number).RowsWritten);

    public void Remove(long subscriber)
    {
        List<long> numbers =
        [
            .. storage.Sql.Exec("DELETE FROM inbox WHERE subscriber = ? RETURNING number", subscriber).Select(row => row.Get<long>(0)),
        ];
        numbers.ForEach(RemoveUnlessKept);
        storage.Sql.Exec("DELETE FROM subscriber WHERE key = ?", subscriber);
    }

    /// <summary>Drops posts whose time is over, until as many inboxes were touched, and ids.</summary>
    public void Expire(long now, int atOnce)
    {
        storage.Sql.Exec("DELETE FROM known_id WHERE at <= ?", now - KeepIds);
        int left = atOnce;
        while (left > 0 && storage.Sql.Exec("SELECT number FROM post WHERE at <= ? ORDER BY at, number LIMIT 1", now - Keep)
            .FirstOrDefault()?.Get<long>(0) is { } number)
        {
            left -= Drop(number);
        }
    }

    /// <summary>Forgets those who watch nothing and for whom nothing is kept.</summary>
    public void ForgetIdle() => storage.Sql.Exec(
        "DELETE FROM subscriber WHERE kept = 0 AND NOT EXISTS (SELECT 1 FROM watch WHERE watch.subscriber = subscriber.key)");

    /// <summary>When something is to go next; null if nothing is.</summary>
    public long? NextEnd() => storage.Sql.Exec(
        "SELECT min(at) FROM (SELECT min(at) + ? AS at FROM post UNION ALL SELECT min(at) + ? FROM known_id)", Keep, KeepIds)
        .One().Get<long?>(0);

    /// <summary>Whether there is nobody to reach and no id to know again.</summary>
    public bool IsEmpty() => storage.Sql.Exec(
        "SELECT NOT EXISTS (SELECT 1 FROM subscriber) AND NOT EXISTS (SELECT 1 FROM known_id)").One().Get<bool>(0);

    /// <summary>Takes the oldest of an inbox that is marked as read; if none is, the oldest.</summary>
    private void MakeRoom(long subscriber)
    {
        bool isRead = true;
        SqlRow? oldest = storage.Sql
            .Exec("SELECT number FROM inbox WHERE subscriber = ? AND read = 1 ORDER BY number LIMIT 1", subscriber).FirstOrDefault();
        if (oldest is null)
        {
            isRead = false;
            oldest = storage.Sql.Exec("SELECT min(number) FROM inbox WHERE subscriber = ?", subscriber).One();
        }
        long number = oldest.Get<long>(0);
        storage.Sql.Exec("DELETE FROM inbox WHERE subscriber = ? AND number = ?", subscriber, number);
        Uncount(subscriber, isRead);
        RemoveUnlessKept(number);
    }

    /// <summary>Takes a post out of all inboxes; out of how many, and 1 for itself.</summary>
    private int Drop(long number)
    {
        List<(long Subscriber, bool IsRead)> taken =
        [
            .. storage.Sql.Exec("DELETE FROM inbox WHERE number = ? RETURNING subscriber, read", number)
                .Select(row => (row.Get<long>(0), row.Get<bool>(1))),
        ];
        taken.ForEach(one => Uncount(one.Subscriber, one.IsRead));
        storage.Sql.Exec("DELETE FROM post WHERE number = ?", number);
        return taken.Count + 1;
    }

    private void Uncount(long subscriber, bool isRead) => storage.Sql.Exec(
        "UPDATE subscriber SET kept = kept - 1, dropped = dropped + ? WHERE key = ?", isRead ? 0 : 1, subscriber);

    private void RemoveUnlessKept(long number) => storage.Sql.Exec(
        "DELETE FROM post WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM inbox WHERE number = ?1)", number);

    private sealed record Row(
        long Number, string Topic, string? Payload, double? Latitude, double? Longitude, string? Sender, long At, bool Read)
    {
        public HubNotification ToNotification() => new(
            Number, Topic, Payload is null ? null : JsonSerializer.Deserialize<JsonElement>(Payload, ObjectJson.Options),
            Latitude is { } latitude ? new GeoPosition(latitude, Longitude!.Value) : null, Sender,
            DateTimeOffset.FromUnixTimeMilliseconds(At), Read);
    }
}
