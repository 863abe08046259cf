using System.Text;
using System.Text.Json;
using DurableObjects.Entities.Polar;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class SubscriptionsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly TestHost _host = TestHost.Of(typeof(Subscriptions));
    private int _lastEvent;

    private ISubscriptions Customer => _host.Objects.Get<ISubscriptions>("user-17");

    private ObjectAddress Address => _host.Address<ISubscriptions>("user-17");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_subscription_is_what_the_events_about_it_say()
    {
        Assert.Null(await Customer.Get("s"));
        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionCreated, 0, Subscription(0, PolarSubscriptionStatus.Incomplete)));
        Assert.False(await Customer.IsActive());
        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionActive, 1, Subscription(1, PolarSubscriptionStatus.Active)));

        Assert.True(await Customer.IsActive());
        Assert.Equal(Subscription(1, PolarSubscriptionStatus.Active), await Customer.Get("s"));
        Assert.Equal([Subscription(1, PolarSubscriptionStatus.Active)], await Customer.List());
    }

    [Fact]
    public async Task An_event_counts_once_however_often_it_comes()
    {
        PolarSubscription active = Subscription(1, PolarSubscriptionStatus.Active);
        Assert.True(await ApplyAsync("evt", PolarEventTypes.SubscriptionActive, 1, active));
        int commits = _host.CommitsOf(Address).Count;

        Assert.False(await ApplyAsync("evt", PolarEventTypes.SubscriptionActive, 1, active));

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Single(await Customer.History("s"));
    }

    [Fact]
    public async Task Of_two_events_with_the_same_picture_only_the_first_changes_anything()
    {
        PolarSubscription canceled = Subscription(1, PolarSubscriptionStatus.Active) with { CancelAtPeriodEnd = true };

        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 1, canceled));
        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionCanceled, 2, canceled));
    }

    [Fact]
    public async Task A_late_event_changes_nothing_by_when_the_subscription_was_changed_not_by_when_the_event_was_made()
    {
        await ApplyAsync(PolarEventTypes.SubscriptionPastDue, 5, Subscription(5, PolarSubscriptionStatus.PastDue));

        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionActive, 9, Subscription(4, PolarSubscriptionStatus.Active)));
        Assert.Equal(PolarSubscriptionStatus.PastDue, (await Customer.Get("s"))!.Status);
    }

    [Fact]
    public async Task Of_the_same_change_the_event_made_later_counts()
    {
        PolarSubscription later = Subscription(1, PolarSubscriptionStatus.Active) with { Seats = 2 };
        await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 3, later);

        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 2, later with { Seats = 1 }));
        Assert.Equal(2, (await Customer.Get("s"))!.Seats);
    }

    [Fact]
    public async Task Where_no_change_is_told_the_making_counts_and_then_the_event()
    {
        PolarSubscription never = Subscription(0, PolarSubscriptionStatus.Active) with { CreatedAt = null, ModifiedAt = null };
        await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 5, never);
        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 4, never with { Seats = 4 }));
        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 6, never with { Seats = 6, CreatedAt = At(6) }));
        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 1, never with { Seats = 7, ModifiedAt = At(7) }));

        Assert.Equal(7, (await Customer.Get("s"))!.Seats);
    }

    [Theory]
    [InlineData(PolarSubscriptionStatus.Canceled)]
    [InlineData(PolarSubscriptionStatus.Unpaid)]
    public async Task What_has_ended_is_not_brought_back_by_a_late_event(string ended)
    {
        await ApplyAsync(PolarEventTypes.SubscriptionRevoked, 9, Subscription(9, ended) with { EndedAt = At(9) });

        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionActive, 1, Subscription(1, PolarSubscriptionStatus.Active)));
        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionUncanceled, 8, Subscription(8, PolarSubscriptionStatus.Active)));
        Assert.False(await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 9, Subscription(9, PolarSubscriptionStatus.Active)));

        Assert.Equal(ended, (await Customer.Get("s"))!.Status);
        Assert.False(await Customer.IsActive());
    }

    [Fact]
    public async Task What_has_ended_wins_over_what_has_not_at_the_same_time()
    {
        await ApplyAsync("a", PolarEventTypes.SubscriptionUpdated, 1, Subscription(1, PolarSubscriptionStatus.Active));

        Assert.True(await ApplyAsync("A", PolarEventTypes.SubscriptionRevoked, 1, Subscription(1, PolarSubscriptionStatus.Canceled)));
        Assert.False(await Customer.IsActive());
    }

    [Fact]
    public async Task A_canceled_subscription_is_active_until_its_end_even_if_nobody_tells_of_that()
    {
        PolarSubscription canceled = Subscription(1, PolarSubscriptionStatus.Active) with
        {
            CancelAtPeriodEnd = true,
            CanceledAt = At(1),
            EndsAt = At(60),
        };
        await ApplyAsync(PolarEventTypes.SubscriptionCanceled, 1, canceled);

        await _host.AdvanceAsync(TimeSpan.FromMinutes(60) - TimeSpan.FromTicks(1));
        Assert.True(await Customer.IsActive());
        await _host.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.False(await Customer.IsActive());
    }

    [Fact]
    public async Task A_canceled_subscription_can_be_uncanceled()
    {
        await ApplyAsync(PolarEventTypes.SubscriptionCanceled, 1, Subscription(1, PolarSubscriptionStatus.Active) with
        {
            CancelAtPeriodEnd = true,
            CanceledAt = At(1),
            EndsAt = At(60),
        });
        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionUncanceled, 2, Subscription(2, PolarSubscriptionStatus.Active)));

        await _host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.True(await Customer.IsActive());
        Assert.Equal((false, null, null), await CancellationAsync());
    }

    [Fact]
    public async Task An_ended_subscription_is_back_if_a_later_change_says_so()
    {
        await ApplyAsync(PolarEventTypes.SubscriptionRevoked, 1, Subscription(1, PolarSubscriptionStatus.Canceled));

        Assert.True(await ApplyAsync(PolarEventTypes.SubscriptionActive, 2, Subscription(2, PolarSubscriptionStatus.Active)));
        Assert.True(await Customer.IsActive());
    }

    [Theory]
    [InlineData(PolarSubscriptionStatus.Active, true)]
    [InlineData(PolarSubscriptionStatus.Trialing, true)]
    [InlineData(PolarSubscriptionStatus.Incomplete, false)]
    [InlineData(PolarSubscriptionStatus.IncompleteExpired, false)]
    [InlineData(PolarSubscriptionStatus.PastDue, false)]
    [InlineData(PolarSubscriptionStatus.Paused, false)]
    [InlineData(PolarSubscriptionStatus.Canceled, false)]
    [InlineData(PolarSubscriptionStatus.Unpaid, false)]
    [InlineData("something-new", false)]
    [InlineData(null, false)]
    public async Task Active_is_what_Polar_calls_active(string? status, bool isActive)
    {
        await ApplyAsync(PolarEventTypes.SubscriptionUpdated, 1, Subscription(1, status));

        Assert.Equal(isActive, await Customer.IsActive());
    }

    [Fact]
    public async Task Active_can_be_asked_for_one_product()
    {
        await ApplyAsync(PolarEventTypes.SubscriptionActive, 1, Subscription(1, PolarSubscriptionStatus.Active));
        await ApplyAsync(PolarEventTypes.SubscriptionActive, 1, Subscription(1, PolarSubscriptionStatus.Active) with
        {
            Id = "other",
            ProductId = null,
            Product = new PolarProduct("extra"),
        });

        Assert.True(await Customer.IsActive("pro"));
        Assert.True(await Customer.IsActive("extra"));
        Assert.False(await Customer.IsActive("basic"));
    }

    [Fact]
    public async Task Subscriptions_and_orders_are_listed_newest_first()
    {
        foreach (int minute in (int[])[2, 3, 1])
        {
            await ApplyAsync(PolarEventTypes.SubscriptionActive, minute, Subscription(9, PolarSubscriptionStatus.Active) with
            {
                Id = $"s{minute}",
                CreatedAt = At(minute),
            });
            await ApplyAsync(PolarEventTypes.OrderPaid, minute, Order(9, PolarOrderStatus.Paid) with
            {
                Id = $"o{minute}",
                CreatedAt = At(minute),
            });
        }

        Assert.Equal(["s3", "s2", "s1"], (await Customer.List()).Select(one => one.Id));
        Assert.Equal(["o3", "o2", "o1"], (await Customer.Orders()).Select(one => one.Id));
        Assert.Equal(["o3", "o2"], (await Customer.Orders(2)).Select(one => one.Id));
    }

    [Fact]
    public async Task An_order_is_what_the_events_about_it_say_in_any_order()
    {
        PolarOrder refunded = Order(3, PolarOrderStatus.Refunded) with { RefundedAmount = 1_900 };
        Assert.True(await ApplyAsync(PolarEventTypes.OrderRefunded, 3, refunded));
        Assert.False(await ApplyAsync(PolarEventTypes.OrderPaid, 2, Order(2, PolarOrderStatus.Paid)));
        Assert.False(await ApplyAsync(PolarEventTypes.OrderCreated, 1, Order(1, PolarOrderStatus.Pending)));

        Assert.Equal(refunded, Assert.Single(await Customer.Orders()));
        Assert.Equal(
            ["pending", "paid", "refunded"], (await Customer.History("o")).Select(one => one.Status));
    }

    [Fact]
    public async Task An_order_at_one_time_is_as_far_as_any_event_has_it()
    {
        foreach (string status in (string[])[
            PolarOrderStatus.Paid, PolarOrderStatus.Refunded, PolarOrderStatus.PartiallyRefunded, PolarOrderStatus.Pending])
        {
            await ApplyAsync(PolarEventTypes.OrderUpdated, 1, Order(1, status));
        }

        Assert.Equal(PolarOrderStatus.Refunded, Assert.Single(await Customer.Orders()).Status);
    }

    [Fact]
    public async Task The_history_is_in_the_order_of_what_happened_not_of_what_arrived()
    {
        await ApplyAsync("3", PolarEventTypes.SubscriptionRevoked, 3, Subscription(3, PolarSubscriptionStatus.Canceled));
        await ApplyAsync("1", PolarEventTypes.SubscriptionCreated, 1, Subscription(1, PolarSubscriptionStatus.Incomplete));
        await ApplyAsync("2", PolarEventTypes.SubscriptionActive, 2, Subscription(2, PolarSubscriptionStatus.Active));
        await ApplyAsync("x", PolarEventTypes.SubscriptionActive, 2, Subscription(2, PolarSubscriptionStatus.Active) with { Id = "other" });

        Assert.Equal(
            [
                new SubscriptionEvent("1", PolarEventTypes.SubscriptionCreated, At(1), At(1), PolarSubscriptionStatus.Incomplete),
                new SubscriptionEvent("2", PolarEventTypes.SubscriptionActive, At(2), At(2), PolarSubscriptionStatus.Active),
                new SubscriptionEvent("3", PolarEventTypes.SubscriptionRevoked, At(3), At(3), PolarSubscriptionStatus.Canceled),
            ],
            await Customer.History("s"));
        Assert.Empty(await Customer.History("unknown"));
    }

    [Fact]
    public async Task Events_are_forgotten_after_thirty_days_and_what_they_said_is_not()
    {
        PolarSubscription active = Subscription(1, PolarSubscriptionStatus.Active);
        await ApplyAsync("1", PolarEventTypes.SubscriptionActive, 1, active);
        await _host.AdvanceAsync(TimeSpan.FromDays(10));
        await ApplyAsync("2", PolarEventTypes.SubscriptionUpdated, 2, active with { ModifiedAt = At(2), Seats = 2 });

        await _host.AdvanceAsync(TimeSpan.FromDays(20) - TimeSpan.FromTicks(1));
        Assert.Equal(2, (await Customer.History("s")).Count);
        await _host.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.Equal("2", Assert.Single(await Customer.History("s")).Id);
        Assert.Equal(Start.AddDays(40), _host.SummaryOf(Address).Alarm);

        Assert.False(await ApplyAsync("1", PolarEventTypes.SubscriptionActive, 1, active));
        Assert.Equal(2, (await Customer.Get("s"))!.Seats);
        await _host.AdvanceAsync(TimeSpan.FromDays(30));
        Assert.Empty(await Customer.History("s"));
        Assert.Null(_host.SummaryOf(Address).Alarm);
        Assert.True(await Customer.IsActive());
    }

    [Fact]
    public async Task What_is_too_old_is_deleted_once_a_day_at_most()
    {
        for (int hour = 0; hour < 12; hour++)
        {
            await ApplyAsync(PolarEventTypes.SubscriptionActive, hour, Subscription(hour, PolarSubscriptionStatus.Active));
            await _host.AdvanceAsync(TimeSpan.FromHours(1));
        }
        await _host.AdvanceAsync(TimeSpan.FromDays(30) - TimeSpan.FromHours(12));
        int commits = _host.CommitsOf(Address).Count;

        await _host.AdvanceAsync(TimeSpan.FromDays(2));

        Assert.Equal(commits + 1, _host.CommitsOf(Address).Count);
        Assert.Empty(await Customer.History("s"));
    }

    [Fact]
    public async Task Everything_survives_hibernation()
    {
        await ApplyAsync("evt", PolarEventTypes.SubscriptionActive, 1, Subscription(1, PolarSubscriptionStatus.Active));
        await ApplyAsync(PolarEventTypes.OrderPaid, 1, Order(1, PolarOrderStatus.Paid));
        await _host.HibernateAllAsync(rebuild: true);

        Assert.True(await Customer.IsActive("pro"));
        Assert.Equal(Order(1, PolarOrderStatus.Paid), Assert.Single(await Customer.Orders()));
        Assert.False(await ApplyAsync("evt", PolarEventTypes.SubscriptionActive, 2, Subscription(2, PolarSubscriptionStatus.Canceled)));
    }

    [Theory]
    [InlineData(PolarEventTypes.CustomerUpdated)]
    [InlineData(PolarEventTypes.ProductUpdated)]
    [InlineData("something.new")]
    [InlineData("")]
    public async Task Other_events_change_nothing(string type)
    {
        Assert.False(await Customer.Apply("evt", new PolarEvent<JsonElement>(type, Start, JsonSerializer.SerializeToElement("anything"))));

        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task The_body_of_a_webhook_request_is_taken_as_it_is()
    {
        string body = Encoding.UTF8.GetString(PolarPayloads.Event(PolarEventTypes.SubscriptionActive, PolarPayloads.Subscription));

        Assert.Equal("true", await _host.PostAsync("subscriptions", "user-17", "apply", $$"""{ "id": "evt", "event": {{body}} }"""));
        Assert.Equal("true", await _host.PostAsync(
            "subscriptions", "user-17", "isActive", """{ "productId": "p1000000-0000-4000-8000-000000000001" }"""));
        JsonElement one = JsonSerializer.Deserialize<JsonElement>(
            await _host.PostAsync("subscriptions", "user-17", "get", """["5b000000-0000-4000-8000-000000000001"]"""));
        Assert.True(one.GetProperty("cancelAtPeriodEnd").GetBoolean());
        Assert.Equal("gold", one.GetProperty("customer").GetProperty("metadata").GetProperty("plan").GetString());
    }

    [Theory]
    [InlineData("", """{ "id": "o" }""", "'id'")]
    [InlineData("e", """{ "id": "" }""", "'event.data.id'")]
    [InlineData("e", "{}", "order.paid")]
    [InlineData("e", "null", "order.paid")]
    [InlineData("e", """{ "id": "o", "total_amount": "much" }""", "total_amount")]
    [InlineData("e", """{ "id": "o", "description": "\ud800" }""", "order.paid")]
    [InlineData("e", """{ "id": "o", "metadata": { "half": "\ud800" } }""", "order.paid")]
    public async Task An_event_that_cannot_be_read_is_refused_and_not_taken_for_seen(string id, string data, string named)
    {
        string body = Encoding.UTF8.GetString(PolarPayloads.Event(PolarEventTypes.OrderPaid, data));

        await Expect.InvalidArgument(
            () => _host.PostAsync("subscriptions", "user-17", "apply", $$"""{ "id": "{{id}}", "event": {{body}} }"""), named);

        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task A_limit_outside_its_limits_is_refused(int limit) =>
        await Expect.InvalidArgument(() => Customer.Orders(limit), "'limit'", "1000");

    [Fact]
    public async Task An_id_that_is_too_long_is_refused() => await Expect.InvalidArgument(
        () => ApplyAsync(new string('x', 129), PolarEventTypes.OrderPaid, 1, Order(1, PolarOrderStatus.Paid)), "'id'", "129", "128");

    private static DateTimeOffset At(int minute) => Start.AddMinutes(minute);

    private static PolarSubscription Subscription(int modified, string? status) =>
        new("s", Start, At(modified), status, 1_900, "usd", "month", 1, CustomerId: "c", ProductId: "pro");

    private static PolarOrder Order(int modified, string status) =>
        new("o", Start, At(modified), status, TotalAmount: 1_900, Currency: "usd", BillingReason: "subscription_create");

    private Task<bool> ApplyAsync<T>(string type, int minute, T data) => ApplyAsync($"evt-{++_lastEvent}", type, minute, data);

    private Task<bool> ApplyAsync<T>(string id, string type, int minute, T data) => Customer.Apply(
        id, new PolarEvent<JsonElement>(type, At(minute), JsonSerializer.SerializeToElement(data, PolarJson.Options)));

    private async Task<(bool AtPeriodEnd, DateTimeOffset? CanceledAt, DateTimeOffset? EndsAt)> CancellationAsync()
    {
        PolarSubscription one = (await Customer.Get("s"))!;
        return (one.CancelAtPeriodEnd, one.CanceledAt, one.EndsAt);
    }
}
