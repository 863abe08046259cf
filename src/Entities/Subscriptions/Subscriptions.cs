using System.Text.Json;
using DurableObjects.Entities.Polar;

namespace DurableObjects.Entities;

/// <summary>
/// What one customer has bought, kept by the webhook events of Polar, whose deliveries may come late, twice and in any order. An
/// event is a picture of a subscription or an order, so only the newest picture of each is kept. It is the one that Polar changed
/// last, which says more than when it was sent, and far more than when it came.
/// </summary>
/// <remarks>
/// That is why a late event cannot bring an ended subscription back, and a canceled one can still be uncanceled, or reinstated, by an
/// event that Polar made of a later change. It does not depend on the table of events seen: that is for the history, and to
/// answer a repetition at little cost.
/// </remarks>
[DurableObject("subscriptions")]
public sealed class Subscriptions(ObjectContext context) : DurableObject(context), ISubscriptions
{
    /// <summary>Days for which an event is remembered. Polar's retries end long before.</summary>
    public const int SeenDays = 30;

    /// <summary>Characters (UTF-16) of an event's, subscription's, order's or product's id. Polar's are UUIDs: 36.</summary>
    public const int IdCharacters = 128;

    /// <summary>Orders of one answer.</summary>
    public const int MaxOrders = 1_000;

    /// <summary>Events of one history.</summary>
    public const int MaxHistory = 1_000;

    /// <summary>How often what is too old is deleted at most: a commit a day is enough.</summary>
    private static readonly TimeSpan TrimEvery = TimeSpan.FromDays(1);

    private static readonly TimeSpan Seen = TimeSpan.FromDays(SeenDays);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE subscription(
            id TEXT PRIMARY KEY, product TEXT, status TEXT, created_at TEXT NOT NULL, ends_at TEXT,
            modified_at TEXT NOT NULL, timestamp TEXT NOT NULL, rank INTEGER NOT NULL, event TEXT NOT NULL, data TEXT NOT NULL);
        CREATE TABLE purchase(
            id TEXT PRIMARY KEY, product TEXT, status TEXT, created_at TEXT NOT NULL, ends_at TEXT,
            modified_at TEXT NOT NULL, timestamp TEXT NOT NULL, rank INTEGER NOT NULL, event TEXT NOT NULL, data TEXT NOT NULL);
        CREATE INDEX purchase_by_time ON purchase(created_at, id);
        CREATE TABLE event(
            id TEXT PRIMARY KEY, type TEXT NOT NULL, subject TEXT NOT NULL, modified_at TEXT NOT NULL, timestamp TEXT NOT NULL,
            rank INTEGER NOT NULL, status TEXT, seen_at TEXT NOT NULL);
        CREATE INDEX event_by_subject ON event(subject, modified_at, timestamp, rank, id);
        CREATE INDEX event_by_age ON event(seen_at);
        """,
    ];

    /// <inheritdoc/>
    public Task<bool> Apply(string id, PolarEvent<JsonElement> @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        CheckId(id, "id");
        Picture? picture = Read(id, @event);
        if (picture is null || Storage.Sql.Exec("SELECT 1 FROM event WHERE id = ?", id).FirstOrDefault() is not null)
        {
            return Task.FromResult(false);
        }
        Remember(picture, @event.Type);
        return Task.FromResult(Keep(picture));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<bool> IsActive(string? productId = null)
    {
        SqlRow? found = Storage.Sql.Exec(
            """
            SELECT 1 FROM subscription
            WHERE status IN (?1, ?2) AND (ends_at IS NULL OR ends_at > ?3) AND (?4 IS NULL OR product = ?4) LIMIT 1
            """, PolarSubscriptionStatus.Active, PolarSubscriptionStatus.Trialing, Context.Now, productId).FirstOrDefault();
        return Task.FromResult(found is not null);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<PolarSubscription>> List() => Task.FromResult(
        All<PolarSubscription>(Storage.Sql.Exec("SELECT data FROM subscription ORDER BY created_at DESC, id DESC")));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PolarSubscription?> Get(string id) => Task.FromResult(
        All<PolarSubscription>(Storage.Sql.Exec("SELECT data FROM subscription WHERE id = ?", id)).SingleOrDefault());

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<PolarOrder>> Orders(int limit = 100) => limit is < 1 or > MaxOrders
        ? throw Argument.Invalid($"'limit' is {limit}; it must be 1 to {MaxOrders}.")
        : Task.FromResult(
            All<PolarOrder>(Storage.Sql.Exec("SELECT data FROM purchase ORDER BY created_at DESC, id DESC LIMIT ?", limit)));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<SubscriptionEvent>> History(string id) => Task.FromResult<IReadOnlyList<SubscriptionEvent>>(
    [
        .. Storage.Sql.Exec(
            """
            SELECT * FROM (
                SELECT * FROM event WHERE subject = ? ORDER BY modified_at DESC, timestamp DESC, rank DESC, id DESC LIMIT ?)
            ORDER BY modified_at, timestamp, rank, id
            """, id, MaxHistory).As<SubscriptionEvent>(),
    ]);

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        Storage.Sql.Exec("DELETE FROM event WHERE seen_at <= ?", Context.Now - Seen);
        if (Storage.Sql.Exec("SELECT min(seen_at) FROM event").One().Get<DateTimeOffset?>(0) is { } oldest)
        {
            DateTimeOffset soonest = Context.Now + TrimEvery;
            Storage.SetAlarm(oldest + Seen > soonest ? oldest + Seen : soonest);
        }
        return ValueTask.CompletedTask;
    }

    private static Picture? Read(string id, PolarEvent<JsonElement> @event)
    {
        try
        {
            return @event.Type.StartsWith(PolarEventTypes.SubscriptionPrefix, StringComparison.Ordinal)
                    ? Picture.Of(id, @event.As<PolarSubscription>())
                : @event.Type.StartsWith(PolarEventTypes.OrderPrefix, StringComparison.Ordinal)
                    ? Picture.Of(id, @event.As<PolarOrder>())
                : null;
        }
        catch (JsonException error)
        {
            throw new DurableObjectException(
                400, ErrorCodes.InvalidArgument, $"'event' of type {@event.Type} cannot be read: {error.Message}", error);
        }
    }

    private static IReadOnlyList<T> All<T>(SqlCursor rows) =>
        [.. rows.Select(row => JsonSerializer.Deserialize<T>(row.Get<string>(0)!, ObjectJson.Options)!)];

    private static void CheckId(string id, string name)
    {
        if (id.Length is 0 or > IdCharacters)
        {
            throw Argument.Invalid($"'{name}' has {id.Length} characters; it must have 1 to {IdCharacters}.");
        }
    }

    private void Remember(Picture picture, string type)
    {
        Storage.Sql.Exec(
            "INSERT INTO event(id, type, subject, modified_at, timestamp, rank, status, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            picture.Position.Id, type, picture.Id, picture.Position.ModifiedAt, picture.Position.Timestamp, picture.Position.Rank,
            picture.Status, Context.Now);
        if (Storage.GetAlarm() is null)
        {
            Storage.SetAlarm(Context.Now + Seen);
        }
    }

    /// <summary>Keeps a picture if it is newer than the one that is known; whether it shows anything else than that one.</summary>
    private bool Keep(Picture picture)
    {
        EventPosition position = picture.Position;
        SqlRow? known = Storage.Sql.Exec(
            $"SELECT modified_at, timestamp, rank, event, data FROM {picture.Table} WHERE id = ?", picture.Id).FirstOrDefault();
        if (known is not null && !position.IsAfter(new EventPosition(
            known.Get<DateTimeOffset>(0), known.Get<DateTimeOffset>(1), known.Get<int>(2), known.Get<string>(3)!)))
        {
            return false;
        }
        Storage.Sql.Exec(
            $"""
            INSERT OR REPLACE INTO {picture.Table}(
                id, product, status, created_at, ends_at, modified_at, timestamp, rank, event, data)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, picture.Id, picture.Product, picture.Status, picture.CreatedAt, picture.EndsAt, position.ModifiedAt,
            position.Timestamp, position.Rank, position.Id, picture.Json);
        return known?.Get<string>(4) != picture.Json;
    }

    /// <summary>A subscription or an order as an event shows it.</summary>
    private sealed record Picture(
        string Table, string Id, string? Product, string? Status, DateTimeOffset CreatedAt, DateTimeOffset? EndsAt,
        EventPosition Position, string Json)
    {
        public static Picture Of(string eventId, PolarEvent<PolarSubscription> @event)
        {
            PolarSubscription one = @event.Data;
            CheckId(one.Id, "event.data.id");
            int rank = PolarSubscriptionStatus.IsFinal(one.Status) ? 1 : 0;
            return new Picture(
                "subscription", one.Id, one.ProductId ?? one.Product?.Id, one.Status, one.CreatedAt ?? @event.Timestamp, one.EndsAt,
                Place(one.ModifiedAt ?? one.CreatedAt, @event.Timestamp, rank, eventId),
                JsonSerializer.Serialize(one, ObjectJson.Options));
        }

        public static Picture Of(string eventId, PolarEvent<PolarOrder> @event)
        {
            PolarOrder one = @event.Data;
            CheckId(one.Id, "event.data.id");
            int rank = one.Status switch
            {
                PolarOrderStatus.Paid or PolarOrderStatus.Void => 1,
                PolarOrderStatus.PartiallyRefunded => 2,
                PolarOrderStatus.Refunded => 3,
                _ => 0,
            };
            return new Picture(
                "purchase", one.Id, one.ProductId ?? one.Product?.Id, one.Status, one.CreatedAt ?? @event.Timestamp, null,
                Place(one.ModifiedAt ?? one.CreatedAt, @event.Timestamp, rank, eventId),
                JsonSerializer.Serialize(one, ObjectJson.Options));
        }

        private static EventPosition Place(DateTimeOffset? modifiedAt, DateTimeOffset timestamp, int rank, string eventId) =>
            new(modifiedAt ?? timestamp, timestamp, rank, eventId);
    }
}
