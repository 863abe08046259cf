using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class NotificationHubTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(NotificationHub));

    private INotificationHub Hub => _host.Objects.Get<INotificationHub>("forest");

    private ObjectAddress Address => _host.Address<INotificationHub>("forest");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_post_reaches_the_inboxes_of_those_who_watch_its_topic()
    {
        await Hub.Watch("ada", "cameras/north/motion");
        await Hub.Watch("bob", "cameras/south/motion");

        HubReceipt receipt = await Hub.Post("cameras/north/motion", Json("""{"what":"lynx"}"""), new GeoPosition(60, 25), by: "cam-7");

        Assert.Equal(new HubReceipt(1, 1), receipt);
        HubNotification one = Assert.Single(await Hub.Inbox("ada"));
        Assert.Equal("""{"what":"lynx"}""", one.Payload!.Value.GetRawText());
        Assert.Equal(
            new HubNotification(1, "cameras/north/motion", null, new GeoPosition(60, 25), "cam-7", FakeClock.DefaultStart),
            one with { Payload = null });
        Assert.Empty(await Hub.Inbox("bob"));
        Assert.Empty(await Hub.Inbox("nobody"));
    }

    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("#", "sport/tennis", true)]
    [InlineData("#", "/", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+", "finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+/tennis/#", "sport/tennis", true)]
    [InlineData("+/tennis/#", "sport/golf/tennis", false)]
    [InlineData("a/+/c", "a/b/c", true)]
    [InlineData("a/+/c", "a/b/d", false)]
    [InlineData("a//c", "a//c", true)]
    [InlineData("a//c", "a/c", false)]
    [InlineData("Sport", "sport", false)]
    [InlineData("#", "$SYS/load", false)]
    [InlineData("+/load", "$SYS/load", false)]
    [InlineData("$SYS/#", "$SYS/load", true)]
    [InlineData("$SYS/+", "$SYS/load", true)]
    [InlineData("a/#", "a/$b", true)]
    [InlineData("ä/+", "ä/ö", true)]
    [InlineData("a/b", "a/b0", false)]
    [InlineData("a/%/c", "a/b/c", false)]
    public async Task Filters_match_by_the_rules_of_MQTT(string filter, string topic, bool matches)
    {
        await Hub.Watch("ada", filter);

        Assert.Equal(matches ? 1 : 0, (await Hub.Post(topic)).Reached);
    }

    [Theory]
    [InlineData("a/#/b")]
    [InlineData("a#")]
    [InlineData("a/b+")]
    [InlineData("+a")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task What_is_no_filter_is_refused(string filter) =>
        await Expect.InvalidArgument(() => Hub.Watch("ada", filter), "'topic'");

    [Theory]
    [InlineData("a/+")]
    [InlineData("#")]
    [InlineData("a+")]
    [InlineData("")]
    [InlineData("\0")]
    public async Task A_post_is_about_one_topic(string topic) => await Expect.InvalidArgument(() => Hub.Post(topic), "'topic'");

    [Fact]
    public async Task Topics_have_so_many_levels_and_characters_and_no_more()
    {
        string ten = string.Join('/', Enumerable.Repeat("x", NotificationHub.TopicLevels));
        string longest = new('x', NotificationHub.TopicCharacters);
        await Hub.Watch("ada", ten);
        await Hub.Watch("ada", longest);

        Assert.Equal(1, (await Hub.Post(ten)).Reached);
        Assert.Equal(1, (await Hub.Post(longest)).Reached);
        await Expect.InvalidArgument(() => Hub.Watch("ada", ten + "/x"), "'topic'", "11", "10");
        await Expect.InvalidArgument(() => Hub.Post(ten + "/x"), "'topic'", "11", "10");
        await Expect.InvalidArgument(() => Hub.Watch("ada", longest + "x"), "'topic'", "257", "256");
    }

    [Theory]
    [InlineData(60, 25, true)]
    [InlineData(59, 24, true)]
    [InlineData(61, 26, true)]
    [InlineData(61.0000001, 25, false)]
    [InlineData(60, 23.9999999, false)]
    [InlineData(58.9999999, 25, false)]
    [InlineData(60, 26.0000001, false)]
    [InlineData(-60, -25, false)]
    public async Task An_area_includes_its_edges_and_nothing_beyond(double latitude, double longitude, bool matches)
    {
        await Hub.Watch("ada", area: new GeoBox(59, 24, 61, 26));

        Assert.Equal(matches ? 1 : 0, (await Hub.Post("a", position: new GeoPosition(latitude, longitude))).Reached);
    }

    [Theory]
    [InlineData(179.5, true)]
    [InlineData(180, true)]
    [InlineData(-180, true)]
    [InlineData(-175, true)]
    [InlineData(-174.9, false)]
    [InlineData(170, true)]
    [InlineData(169.9, false)]
    [InlineData(0, false)]
    public async Task An_area_may_cross_the_antimeridian(double longitude, bool matches)
    {
        await Hub.Watch("ada", area: new GeoBox(-20, 170, -10, -175));
        await Hub.Watch("bob", "#", new GeoBox(-20, 170, -10, -175));

        Assert.Equal(matches ? 2 : 0, (await Hub.Post("fiji", position: new GeoPosition(-18, longitude))).Reached);
    }

    [Fact]
    public async Task The_antimeridian_is_one_whichever_way_it_is_written()
    {
        await Hub.Watch("ada", area: new GeoBox(-1, 170, 1, 180));
        await Hub.Watch("bob", area: new GeoBox(-1, -180, 1, -170));

        Assert.Equal(2, (await Hub.Post("a", position: new GeoPosition(0, 180))).Reached);
        Assert.Equal(2, (await Hub.Post("a", position: new GeoPosition(0, -180))).Reached);
        Assert.Equal(1, (await Hub.Post("a", position: new GeoPosition(0, 175))).Reached);
    }

    [Fact]
    public async Task A_topic_and_an_area_together_must_both_match()
    {
        await Hub.Watch("ada", "cameras/#", new GeoBox(59, 24, 61, 26));

        Assert.Equal(1, (await Hub.Post("cameras/7", position: new GeoPosition(60, 25))).Reached);
        Assert.Equal(0, (await Hub.Post("cameras/7", position: new GeoPosition(50, 25))).Reached);
        Assert.Equal(0, (await Hub.Post("cameras/7")).Reached);
        Assert.Equal(0, (await Hub.Post("weather", position: new GeoPosition(60, 25))).Reached);
    }

    [Fact]
    public async Task An_area_hears_nothing_of_posts_without_a_position()
    {
        await Hub.Watch("ada", area: new GeoBox(-90, -180, 90, 180));

        Assert.Equal(0, (await Hub.Post("a")).Reached);
        Assert.Equal(1, (await Hub.Post("a", position: new GeoPosition(0, 0))).Reached);
    }

    [Theory]
    [InlineData(-90.1, 0, 0, 0)]
    [InlineData(0, -180.1, 0, 0)]
    [InlineData(0, 0, 90.1, 0)]
    [InlineData(0, 0, 0, 180.1)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(double.MaxValue, 0, 0, 0)]
    public async Task What_is_no_area_is_refused(double south, double west, double north, double east) =>
        await Expect.InvalidArgument(() => Hub.Watch("ada", area: new GeoBox(south, west, north, east)), "'area");

    [Theory]
    [InlineData(90.1, 0)]
    [InlineData(0, -180.1)]
    public async Task What_is_no_position_is_refused(double latitude, double longitude) =>
        await Expect.InvalidArgument(() => Hub.Post("a", position: new GeoPosition(latitude, longitude)), "'position'");

    [Fact]
    public async Task A_watch_without_topic_and_area_is_refused()
    {
        await Expect.InvalidArgument(() => Hub.Watch("ada"), "'topic'", "'area'");
        await Expect.InvalidArgument(() => Hub.Unwatch("ada"), "'topic'", "'area'");
    }

    [Fact]
    public async Task A_post_reaches_a_subscriber_once_however_many_of_his_watches_it_matches()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("ada", "a/+");
        await Hub.Watch("ada", area: new GeoBox(-90, 170, 90, -170));

        Assert.Equal(1, (await Hub.Post("a/b", position: new GeoPosition(0, 180))).Reached);
        Assert.Single(await Hub.Inbox("ada"));
    }

    [Fact]
    public async Task To_watch_twice_is_to_watch_once()
    {
        HubWatch first = await Hub.Watch("ada", "a", new GeoBox(1, 2, 3, 4));
        _host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(first, await Hub.Watch("ada", "a", new GeoBox(1, 2, 3, 4)));
        Assert.Equal([first], await Hub.Watches("ada"));
    }

    [Fact]
    public async Task What_is_unwatched_is_heard_no_more_and_the_inbox_stays()
    {
        GeoBox crossing = new(-20, 170, -10, -175);
        await Hub.Watch("ada", "a/+");
        await Hub.Watch("ada", area: crossing);
        await Hub.Post("a/b");
        await _host.HibernateAllAsync(rebuild: true);

        Assert.False(await Hub.Unwatch("ada", "a/#"));
        Assert.False(await Hub.Unwatch("ada", "a/+", crossing));
        Assert.True(await Hub.Unwatch("ada", "a/+"));
        Assert.True(await Hub.Unwatch("ada", area: crossing));
        Assert.False(await Hub.Unwatch("ada", area: crossing));

        Assert.Equal(0, (await Hub.Post("a/b")).Reached);
        Assert.Equal(0, (await Hub.Post("x", position: new GeoPosition(-15, 175))).Reached);
        Assert.Equal(0, (await Hub.Post("x", position: new GeoPosition(-15, -176))).Reached);
        Assert.Single(await Hub.Inbox("ada"));
        Assert.Empty(await Hub.Watches("ada"));
    }

    [Fact]
    public async Task A_post_with_the_id_of_an_earlier_one_changes_nothing()
    {
        await Hub.Watch("ada", "#");
        HubReceipt first = await Hub.Post("a", Json("1"), id: "evt-1");
        await _host.HibernateAllAsync(rebuild: true);

        Assert.Equal(first with { Duplicate = true }, await Hub.Post("b", Json("2"), id: "evt-1"));
        Assert.Equal("a", Assert.Single(await Hub.Inbox("ada")).Topic);
    }

    [Fact]
    public async Task An_id_is_known_also_of_a_post_that_reached_nobody_and_for_a_day()
    {
        Assert.Equal(new HubReceipt(null, 0), await Hub.Post("a", id: "evt-1"));
        await Hub.Watch("ada", "#");

        await _host.AdvanceAsync(TimeSpan.FromHours(NotificationHub.IdHours) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new HubReceipt(null, 0, Duplicate: true), await Hub.Post("a", id: "evt-1"));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new HubReceipt(1, 1), await Hub.Post("a", id: "evt-1"));
        Assert.Equal(new HubReceipt(1, 1, Duplicate: true), await Hub.Post("a", id: "evt-1"));
    }

    [Fact]
    public async Task Only_so_many_ids_are_known()
    {
        for (int i = 0; i <= NotificationHub.MaxIds; i++)
        {
            await Hub.Post("a", id: $"evt-{i}");
            _host.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.False((await Hub.Post("a", id: "evt-0")).Duplicate);
        Assert.True((await Hub.Post("a", id: "evt-2")).Duplicate);
    }

    [Fact]
    public async Task An_inbox_is_read_in_pages_newest_first()
    {
        await Hub.Watch("ada", "#");
        await PostAsync(10);
        await Hub.MarkRead("ada", numbers: [9, 7]);

        Assert.Equal([10, 9, 8], await NumbersAsync(3));
        Assert.Equal([7, 6, 5], await NumbersAsync(3, before: 8));
        Assert.Equal([10, 8, 6], await NumbersAsync(3, unreadOnly: true));
        Assert.Equal([5, 4], await NumbersAsync(2, before: 6, unreadOnly: true));
        Assert.Equal([9, 7], (await Hub.Inbox("ada")).Where(one => one.Read).Select(one => one.Number));
        await Expect.InvalidArgument(() => Hub.Inbox("ada", 0), "'limit'");
        await Expect.InvalidArgument(() => Hub.Inbox("ada", 501), "'limit'", "500");
    }

    [Fact]
    public async Task Marks_are_set_up_to_a_number_or_one_by_one_and_again_without_harm()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("bob", "#");
        await PostAsync(10);

        Assert.Equal(new HubInbox(6, 10, 0), await Hub.MarkRead("ada", upTo: 4));
        Assert.Equal(new HubInbox(4, 10, 0), await Hub.MarkRead("ada", numbers: [9, 10, 9, 77, 1]));
        Assert.Equal(new HubInbox(4, 10, 0), await Hub.MarkRead("ada", upTo: 4));
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(new HubInbox(4, 10, 0), await Hub.Unread("ada"));
        Assert.Equal(new HubInbox(10, 10, 0), await Hub.Unread("bob"));
        Assert.Equal(new HubInbox(0, 0, 0), await Hub.MarkRead("nobody", upTo: 4));
    }

    [Fact]
    public async Task What_was_read_is_said_in_one_way()
    {
        await Expect.InvalidArgument(() => Hub.MarkRead("ada"), "'upTo'", "'numbers'");
        await Expect.InvalidArgument(() => Hub.MarkRead("ada", 1, [1]), "'upTo'", "'numbers'");
        await Expect.InvalidArgument(() => Hub.MarkRead("ada", numbers: []), "'numbers.length'");
        await Expect.InvalidArgument(() => Hub.MarkRead("ada", numbers: [.. new long[501]]), "'numbers.length'", "500");
    }

    [Fact]
    public async Task A_full_inbox_drops_what_was_read_first_and_then_what_is_oldest()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("bob", "#");
        await PostAsync(NotificationHub.MaxInbox);
        await Hub.MarkRead("ada", numbers: [100, 200]);

        await PostAsync(2);
        Assert.Equal(new HubInbox(500, 500, 0), await Hub.Unread("ada"));
        Assert.Equal([101, 99], await NumbersAsync(2, before: 102));
        Assert.Equal(new HubInbox(500, 500, 2), await Hub.Unread("bob"));

        await PostAsync(1);
        Assert.Equal(new HubInbox(500, 500, 1), await Hub.Unread("ada"));
        Assert.Equal(2, (await NumbersAsync(500))[^1]);
    }

    [Fact]
    public async Task Of_all_posts_only_the_newest_are_kept()
    {
        for (int i = 0; i < 21; i++)
        {
            await Hub.Watch($"s{i}", $"t{i}");
        }
        for (int i = 0; i < 20; i++)
        {
            await PostAsync(500, $"t{i}");
        }
        Assert.Equal(new HubInbox(500, 500, 0), await Hub.Unread("s0"));

        await PostAsync(3, "t20");

        Assert.Equal(new HubInbox(497, 497, 3), await Hub.Unread("s0"));
        Assert.Equal(new HubInbox(3, 3, 0), await Hub.Unread("s20"));
    }

    [Fact]
    public async Task A_notification_goes_after_thirty_days_whether_the_alarm_came_or_not()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("bob", "#");
        await PostAsync(2);
        await Hub.MarkRead("bob", upTo: 2);
        DateTimeOffset first = (await Hub.Inbox("ada"))[^1].At;
        Assert.Equal(first.AddDays(NotificationHub.KeepDays), _host.SummaryOf(Address).WakeAt);

        _host.Clock.AdvanceTo(first.AddDays(NotificationHub.KeepDays).AddMilliseconds(-1));
        Assert.Equal(new HubInbox(2, 2, 0), await Hub.Unread("ada"));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new HubInbox(1, 1, 1), await Hub.Unread("ada"));
        Assert.Equal(new HubInbox(0, 1, 0), await Hub.Unread("bob"));
        Assert.Equal([2], await NumbersAsync(10));

        await _host.TickAsync();
        Assert.Equal(new HubInbox(1, 1, 1), await Hub.Unread("ada"));
        Assert.Equal(new HubInbox(0, 1, 0), await Hub.Unread("bob"));
        await _host.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(new HubInbox(0, 0, 2), await Hub.Unread("ada"));
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task An_alarm_with_much_to_take_out_goes_on_in_the_next_turn()
    {
        for (int i = 0; i < 200; i++)
        {
            await Hub.Watch($"s{i}", "#");
        }
        await PostAsync(60);

        await _host.AdvanceAsync(TimeSpan.FromDays(40));

        Assert.Equal(new HubInbox(0, 0, 60), await Hub.Unread("s199"));
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task A_poster_may_post_a_burst_and_then_waits()
    {
        await Hub.Watch("ada", "#");
        for (int i = 0; i < NotificationHub.BurstEach; i++)
        {
            await Hub.Post("a", by: "cam-7");
        }

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => Hub.Post("a", by: "cam-7"));
        Assert.Equal((429, "too-many-posts", true), (error.Status, error.Code, error.Retryable));
        Assert.Equal(TimeSpan.FromMilliseconds(100), error.RetryAfter);
        await Hub.Post("a", by: "cam-8");
        await Hub.Post("a");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(99));
        await Expect.Refusal(429, "too-many-posts", () => Hub.Post("a", by: "cam-7"), "'cam-7'", "1 ms");
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Hub.Post("a", by: "cam-7");
        await Expect.Refusal(429, "too-many-posts", () => Hub.Post("a", by: "cam-7"));
        Assert.Equal(NotificationHub.BurstEach + 3, (await Hub.Unread("ada")).Kept);
    }

    [Fact]
    public async Task All_posters_together_may_post_a_burst_and_then_wait()
    {
        await Hub.Watch("ada", "#");
        for (int i = 0; i < NotificationHub.Burst; i++)
        {
            await Hub.Post("a", by: $"cam-{i}");
        }

        await Expect.Refusal(429, "too-many-posts", () => Hub.Post("a", by: "another"), "All posters together", "10 ms");
        Assert.Equal(0, (await Hub.Post("$a", by: "another")).Reached);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(10));
        await Hub.Post("a", by: "another");
    }

    [Fact]
    public async Task A_repeated_id_is_not_counted()
    {
        for (int i = 0; i < 100; i++)
        {
            await Hub.Post("a", id: "evt-1", by: "cam-7");
        }

        Assert.False((await Hub.Post("a", id: "evt-2", by: "cam-7")).Duplicate);
    }

    [Fact]
    public async Task A_subscriber_has_so_many_watches_and_no_more()
    {
        for (int i = 0; i < NotificationHub.MaxWatches; i++)
        {
            await Hub.Watch("ada", $"t{i}");
        }

        await Expect.Refusal(409, "too-many-watches", () => Hub.Watch("ada", "more"), "100");
        await Hub.Watch("ada", "t0");
        await Hub.Watch("bob", "more");
        await Hub.Unwatch("ada", "t0");
        await Hub.Watch("ada", "more");
        Assert.Equal(NotificationHub.MaxWatches, (await Hub.Watches("ada")).Count);
    }

    [Fact]
    public async Task There_are_so_many_subscribers_and_no_more_and_one_post_reaches_all()
    {
        for (int i = 0; i < NotificationHub.MaxSubscribers; i++)
        {
            await Hub.Watch($"s{i}", "a/+");
        }

        await Expect.Refusal(409, "too-many-subscribers", () => Hub.Watch("another", "a"), "1,000");
        Assert.Equal(NotificationHub.MaxSubscribers, (await Hub.Post("a/b")).Reached);
        await Hub.Unwatch("s0", "a/+");
        await Expect.Refusal(409, "too-many-subscribers", () => Hub.Watch("another", "a"));
        Assert.True(await Hub.Forget("s0"));
        await Hub.Watch("another", "a");
    }

    [Fact]
    public async Task Names_have_so_many_characters_and_no_more()
    {
        string longest = new('x', NotificationHub.NameCharacters);
        await Hub.Watch(longest, "#");
        Assert.Equal(1, (await Hub.Post("a", id: longest, by: longest)).Reached);

        await Expect.InvalidArgument(() => Hub.Watch(longest + "x", "#"), "'subscriber'", "129", "128");
        await Expect.InvalidArgument(() => Hub.Watch("", "#"), "'subscriber'");
        await Expect.InvalidArgument(() => Hub.Post("a", id: longest + "x"), "'id'", "129");
        await Expect.InvalidArgument(() => Hub.Post("a", by: ""), "'by'");
    }

    [Fact]
    public async Task A_payload_has_so_many_bytes_and_no_more()
    {
        await Hub.Watch("ada", "#");
        string most = new('x', NotificationHub.PayloadBytes - 2);

        await Hub.Post("a", Json($"\"{most}\""));
        await Expect.InvalidArgument(() => Hub.Post("a", Json($"\"{most}x\"")), "'payload'", "4,097", "4,096");
        Assert.Equal(most, Assert.Single(await Hub.Inbox("ada")).Payload!.Value.GetString());
    }

    [Fact]
    public async Task A_payload_is_nested_so_deep_and_no_deeper()
    {
        await Hub.Watch("ada", "#");
        // Within a welcome there would be more levels than JSON may have, and its subscriber could not connect any more.
        await Expect.InvalidArgument(() => Hub.Post("a", Nested(62)), "'payload'", "32");
        await Expect.InvalidArgument(() => Hub.Post("a", Nested(33)), "'payload'", "32");

        await Hub.Post("a", Nested(32));
        Assert.Single((await ConnectAsync("ada")).Received);
        Assert.Single(await Hub.Inbox("ada"));

        static JsonElement Nested(int levels) => Json(new string('[', levels) + new string(']', levels));
    }

    [Fact]
    public async Task Who_is_connected_hears_at_once_and_it_waits_in_the_inbox_all_the_same()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("bob", "#");
        TestSocket phone = await ConnectAsync("ada");
        TestSocket laptop = await ConnectAsync("ada");
        TestSocket carol = await ConnectAsync("carol");
        await _host.HibernateAllAsync(rebuild: true);

        await Hub.Post("a", Json("1"));

        SocketReceipt notification = new(
            "notification",
            """[{"number":1,"topic":"a","payload":1,"position":null,"by":null,"at":"2030-01-01T00:00:00+00:00","read":false}]""");
        Assert.Equal(notification, phone.Received[^1]);
        Assert.Equal(notification, laptop.Received[^1]);
        Assert.Single(carol.Received);
        Assert.Equal(1, (await Hub.Unread("ada")).Unread);
    }

    [Fact]
    public async Task Only_the_clients_own_word_makes_a_notification_read_and_its_other_clients_hear_of_it()
    {
        await Hub.Watch("ada", "#");
        TestSocket phone = await ConnectAsync("ada");
        TestSocket laptop = await ConnectAsync("ada");
        await PostAsync(3);

        Assert.Null((await phone.SendAsync(new { read = new { upTo = 2 } })).Error);
        Assert.Equal(new SocketReceipt("read", """[{"upTo":2,"numbers":null,"unread":1}]"""), laptop.Received[^1]);
        Assert.Equal(laptop.Received[^1], phone.Received[^1]);
        Assert.Null((await phone.SendAsync(new { read = new { numbers = (int[])[3] } })).Error);
        Assert.Equal(new SocketReceipt("read", """[{"upTo":null,"numbers":[3],"unread":0}]"""), laptop.Received[^1]);

        int heard = laptop.Received.Count;
        await Hub.MarkRead("ada", upTo: 3);
        Assert.Equal(heard, laptop.Received.Count);
        Assert.Equal(0, (await Hub.Unread("ada")).Unread);
    }

    [Fact]
    public async Task Who_connects_gets_the_newest_of_what_is_unread()
    {
        await Hub.Watch("ada", "#");
        await PostAsync(60);
        await Hub.MarkRead("ada", numbers: [60]);

        TestSocket ada = await ConnectAsync("ada");

        SocketReceipt first = Assert.Single(ada.Received);
        Assert.Equal("inbox", first.Target);
        HubWelcome welcome = JsonSerializer.Deserialize<HubWelcome[]>(first.Arguments, ObjectJson.Options)!.Single();
        Assert.Equal((59, 60, 0), (welcome.Unread, welcome.Kept, welcome.Dropped));
        Assert.Equal(Enumerable.Range(10, 50).Reverse().Select(i => (long)i), welcome.Newest.Select(one => one.Number));
    }

    [Fact]
    public async Task The_largest_notifications_fit_a_welcome_and_a_page()
    {
        await Hub.Watch("ada", "#");
        for (int i = 0; i < NotificationHub.MaxInbox; i++)
        {
            await PostLargestAsync();
        }

        await ConnectAsync("ada");
        Assert.Equal(NotificationHub.MaxInbox, (await Hub.Inbox("ada", NotificationHub.PageNotifications)).Count);
    }

    [Fact]
    public async Task The_largest_notification_reaches_all_sockets_that_there_may_be()
    {
        List<TestSocket> sockets = [];
        for (int i = 0; i < NotificationHub.MaxSockets; i++)
        {
            sockets.Add(await ConnectAsync($"s{i / 10}"));
        }
        await Expect.Refusal(409, "too-many-sockets", () => ConnectAsync("ada"), "2,000");
        for (int i = 0; i < NotificationHub.MaxSockets / 10; i++)
        {
            await Hub.Watch($"s{i}", "#");
        }

        await PostLargestAsync();

        Assert.All(sockets, socket => Assert.Equal("notification", socket.Received[^1].Target));
    }

    [Fact]
    public async Task A_subscriber_has_so_many_sockets_and_no_more()
    {
        for (int i = 0; i < NotificationHub.MaxSocketsEach; i++)
        {
            await ConnectAsync("ada");
        }

        await Expect.Refusal(409, "too-many-sockets", () => ConnectAsync("ada"), "10");
        await ConnectAsync("bob");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_client_without_a_name_is_refused(string? name) =>
        await Expect.InvalidArgument(() => ConnectAsync(name), "subscriber");

    [Theory]
    [InlineData("\"hello\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"read\":{}}")]
    [InlineData("{\"read\":{\"upTo\":1,\"numbers\":[1]}}")]
    [InlineData("{\"read\":{\"upTo\":\"x\"}}")]
    public async Task A_message_that_is_none_is_refused_as_the_senders_mistake(string json)
    {
        TestSocket ada = await ConnectAsync("ada");

        Failure? error = (await ada.SendAsync(Json(json))).Error;

        Assert.Equal((400, ErrorCodes.InvalidArgument), (error!.Status, error.Code));
    }

    [Fact]
    public async Task A_subscriber_that_is_forgotten_leaves_nothing()
    {
        await Hub.Watch("ada", "#");
        await Hub.Watch("ada", area: new GeoBox(-1, 170, 1, -170));
        await Hub.Watch("bob", "b");
        await PostAsync(3);
        await Hub.Post("b");

        Assert.True(await Hub.Forget("ada"));
        Assert.False(await Hub.Forget("ada"));

        Assert.Empty(await Hub.Watches("ada"));
        Assert.Empty(await Hub.Inbox("ada"));
        Assert.Equal(0, (await Hub.Post("x", position: new GeoPosition(0, 180))).Reached);
        Assert.Equal(4, Assert.Single(await Hub.Inbox("bob")).Number);
    }

    [Fact]
    public async Task A_hub_ends_when_nobody_is_left()
    {
        await Hub.Watch("ada", "#");
        await PostAsync(1);
        await Hub.Unwatch("ada", "#");
        Assert.True(_host.SummaryOf(Address).Exists);
        await _host.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.False(_host.SummaryOf(Address).Exists);

        await Hub.Watch("ada", "#");
        TestSocket phone = await ConnectAsync("ada");
        await Hub.Unwatch("ada", "#");
        Assert.True(_host.SummaryOf(Address).Exists);
        await phone.CloseAsync();
        Assert.False(_host.SummaryOf(Address).Exists);

        await Hub.Post("a", id: "evt-1");
        Assert.True(_host.SummaryOf(Address).Exists);
        await _host.AdvanceAsync(TimeSpan.FromHours(24));
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Numbers_do_not_come_again_while_the_hub_lives()
    {
        await Hub.Watch("ada", "a");
        await Hub.Watch("bob", "b");
        await Hub.Post("b");
        await Hub.Forget("bob");
        await Hub.Post("a");

        Assert.Equal([2], await NumbersAsync(10));
    }

    private static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    /// <summary>Posts, as fast as everybody may.</summary>
    private async Task PostAsync(int count, string topic = "a")
    {
        for (int i = 0; i < count; i++)
        {
            await Hub.Post(topic);
            _host.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>With characters that JSON needs six bytes for.</summary>
    private async Task PostLargestAsync()
    {
        await Hub.Post(
            new string('\u0001', NotificationHub.TopicCharacters), Json($"\"{new string('x', NotificationHub.PayloadBytes - 2)}\""),
            new GeoPosition(-12.345678901234567, -123.45678901234567), by: new string('\u0001', NotificationHub.NameCharacters));
        _host.Clock.Advance(TimeSpan.FromMilliseconds(100));
    }

    private async Task<IReadOnlyList<long>> NumbersAsync(int limit, long? before = null, bool unreadOnly = false) =>
        [.. (await Hub.Inbox("ada", limit, before, unreadOnly)).Select(one => one.Number)];

    private Task<TestSocket> ConnectAsync(string? subscriber) =>
        _host.ConnectAsync(Address, subscriber is null ? [] : new Dictionary<string, string> { ["subscriber"] = subscriber });
}
