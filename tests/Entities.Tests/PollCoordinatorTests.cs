using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

/// <summary>The coordinator's side of polls: what is asked for, and what becomes of what comes. PollActivityTests has the other.</summary>
public sealed class PollCoordinatorTests : IAsyncLifetime
{
    private const string Url = "https://cameras.example/7";

    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    // Workflows are not run: a test is the poll.
    private readonly TestHost _host = new([typeof(PollCoordinator), typeof(Takings)]) { DeliversAutomatically = false };

    private readonly HashSet<string> _begun = [];

    private IPollCoordinator Coordinator => _host.Objects.Get<IPollCoordinator>("north");

    private IPollRuns Runs => RunsOf("north");

    private ObjectAddress Address => _host.Address<IPollCoordinator>("north");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_source_is_polled_at_once_and_then_so_long_after_each_end()
    {
        PollSource source = await Coordinator.Watch("cam", Url, 60, 0);
        Assert.Equal(
            new PollSource("cam", Url, 60, 0, PollFormat.Items, null, false, true, null, null, null, 0, null, 0), source);

        await AdvanceAsync(3);
        await AnswerAsync("[]");
        source = (await Coordinator.Source("cam"))!;
        Assert.Equal((false, At(63), At(3), 200), (source.Polling, source.NextAt, source.LastSuccess, source.LastStatus));

        await AdvanceAsync(59.999);
        Assert.Empty(Waiting());
        await AdvanceAsync(0.001);
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_source_is_never_polled_twice_at_a_time()
    {
        await Coordinator.Watch("cam", Url, 1, 0);
        string poll = await BeginAsync();

        await Coordinator.PollNow("cam");
        await Coordinator.Watch("cam", Url, 1, 0);
        await Coordinator.Resume("cam");
        await AdvanceAsync(59);
        Assert.Empty(Waiting());

        await Runs.Finish(poll, Success("[]"));
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_poll_may_begin_once()
    {
        await Coordinator.Watch("cam", Url);
        string poll = Assert.Single(Waiting());

        Assert.Equal(new PollPermit(Url, null, null), await Runs.Begin(poll));
        Assert.Null(await Runs.Begin(poll));
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Null(await Runs.Begin(poll));
        Assert.Null(await Runs.Begin("poll-of-nobody"));
    }

    [Fact]
    public async Task A_poll_that_never_comes_back_is_given_up_and_what_it_brings_later_is_ignored()
    {
        await Coordinator.Watch("cam", Url, 10, 0);
        string lost = await BeginAsync();
        await AdvanceAsync(59.999);
        Assert.True((await Coordinator.Source("cam"))!.Polling);
        await AdvanceAsync(0.001);

        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((false, 1, At(80)), (source.Polling, source.Failures, source.NextAt));
        Assert.Contains("never came back", source.LastError, StringComparison.Ordinal);
        await AdvanceAsync(20);
        string next = await BeginAsync();

        await Runs.Finish(lost, Success("""[{"id":"late"}]"""));
        Assert.Empty(await Coordinator.Items());
        await Runs.Finish(next, Success("""[{"id":"new"}]"""));
        Assert.Equal("new", Assert.Single(await Coordinator.Items()).Id);
        await Runs.Finish(lost, Success("""[{"id":"later still"}]"""));
        await Runs.Finish(next, Success("""[{"id":"again"}]"""));
        Assert.Single(await Coordinator.Items());
    }

    [Fact]
    public async Task A_poll_that_does_not_begin_is_given_up_after_five_minutes_and_may_not_begin_then()
    {
        await Coordinator.Watch("cam", Url, 10, 0);
        string slow = Assert.Single(Waiting());
        await AdvanceAsync(299.999);
        Assert.Equal(0, (await Coordinator.Source("cam"))!.Failures);
        await AdvanceAsync(0.001);

        Assert.Contains("not begun", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        Assert.Null(await Runs.Begin(slow));
    }

    [Fact]
    public async Task Failures_double_the_time_to_the_next_poll_up_to_an_hour_and_a_success_ends_that()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        foreach (int minutes in (int[])[2, 4, 8, 16, 32, 60, 60])
        {
            await AnswerAsync(new PollAnswer { Status = 503, Error = "The source answered 503." });
            PollSource failing = (await Coordinator.Source("cam"))!;
            Assert.Equal(_host.Clock.GetUtcNow().AddMinutes(minutes), failing.NextAt);
            Assert.Equal((503, "The source answered 503."), (failing.LastStatus, failing.LastError));
            await AdvanceAsync(minutes * 60);
        }
        Assert.Equal(7, (await Coordinator.Source("cam"))!.Failures);

        await AnswerAsync("[]");
        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((0, null), (source.Failures, source.LastError));
        Assert.Equal(_host.Clock.GetUtcNow().AddMinutes(1), source.NextAt);
    }

    [Fact]
    public async Task A_period_longer_than_an_hour_is_not_shortened_by_failures()
    {
        await Coordinator.Watch("cam", Url, 7_200, 0);
        await AnswerAsync(new PollAnswer { Error = "refused" });

        Assert.Equal(At(7_200), (await Coordinator.Source("cam"))!.NextAt);
    }

    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(5, 120)]
    [InlineData(-5, 120)]
    [InlineData(1e300, 86_400)]
    public async Task A_source_is_left_alone_for_as_long_as_it_says_and_a_day_at_most(double said, double waits)
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(new PollAnswer { Status = 429, Error = "The source answered 429.", RetryAfterSeconds = said });

        Assert.Equal(At(waits), (await Coordinator.Source("cam"))!.NextAt);
    }

    [Fact]
    public async Task Chance_makes_each_period_longer_or_shorter_within_its_share()
    {
        await Coordinator.Watch("cam", Url, 100, 0.25);
        HashSet<double> waits = [];
        for (int i = 0; i < 50; i++)
        {
            await AnswerAsync("[]");
            waits.Add(((await Coordinator.Source("cam"))!.NextAt!.Value - _host.Clock.GetUtcNow()).TotalSeconds);
            await Coordinator.PollNow("cam");
        }

        Assert.All(waits, wait => Assert.InRange(wait, 75, 125.001));
        Assert.Contains(waits, wait => wait < 100);
        Assert.Contains(waits, wait => wait > 100);
    }

    [Fact]
    public async Task What_was_answered_is_asked_for_on_condition_next_time()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(Success("[]") with { ETag = "W/\"1\"", LastModified = "Tue, 01 Jan 2030 00:00:00 GMT" });
        await _host.HibernateAllAsync(rebuild: true);
        await AdvanceAsync(60);

        PollPermit second = await PermitAsync();
        Assert.Equal(new PollPermit(Url, "W/\"1\"", "Tue, 01 Jan 2030 00:00:00 GMT"), second);
        await Runs.Finish(_begun.Last(), new PollAnswer { Status = 304, IsUnchanged = true });
        Assert.Equal((304, 0), ((await Coordinator.Source("cam"))!.LastStatus, (await Coordinator.Source("cam"))!.Failures));
        await AdvanceAsync(60);

        Assert.Equal(second, await PermitAsync());
        await Runs.Finish(_begun.Last(), new PollAnswer { Status = 500, Error = "The source answered 500." });
        await AdvanceAsync(120);
        Assert.Equal(second, await PermitAsync());
        await Runs.Finish(_begun.Last(), Success("[]"));
        await AdvanceAsync(60);
        Assert.Equal(new PollPermit(Url, null, null), await PermitAsync());
    }

    [Fact]
    public async Task An_item_is_handed_on_when_it_is_new_and_when_it_has_changed()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        TestSocket socket = await _host.ConnectAsync(Address);

        await AnswerAsync("""[{"id":"a","n":1},{"id":7,"n":1}]""");
        await AnswerAgainAsync("""{"items":[{"id":7,"n":1},{"id":"a","n":2},{"id":"b"}],"more":true}""");
        await AnswerAgainAsync("""[{"id":"a","n":2}]""");
        await AnswerAgainAsync("""[{"id":"a","n":1},{"id":"7","n":1}]""");

        IReadOnlyList<PolledItem> items = await Coordinator.Items();
        Assert.Equal(
            [(1, "a", false, """{"id":"a","n":1}"""), (2, "7", false, """{"id":7,"n":1}"""), (3, "a", true, """{"id":"a","n":2}"""),
                (4, "b", false, """{"id":"b"}"""), (5, "a", true, """{"id":"a","n":1}"""), (6, "7", true, """{"id":"7","n":1}""")],
            items.Select(item => (item.Number, item.Id, item.Changed, item.Content.GetRawText())));
        Assert.All(items, item => Assert.Equal("cam", item.Source));
        Assert.Equal(6, (await Coordinator.Source("cam"))!.Items);
        Assert.Equal(["items", "items", "items"], socket.Received.Select(receipt => receipt.Target));
        Assert.Equal(
            """[[{"number":4,"source":"cam","id":"b","changed":false,"at":"2030-01-01T00:00:00+00:00","content":{"id":"b"}}]]""",
            socket.Received[1].Arguments.Replace(
                """{"number":3,"source":"cam","id":"a","changed":true,"at":"2030-01-01T00:00:00+00:00","content":{"id":"a","n":2}},""", "",
                StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_items_with_the_same_id_the_last_counts()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync("""[{"id":"a","n":1},{"id":"a","n":2}]""");
        await AnswerAgainAsync("""[{"id":"a","n":1},{"id":"a","n":2},{"id":"b"}]""");

        Assert.Equal(["""{"id":"a","n":2}""", """{"id":"b"}"""], (await Coordinator.Items()).Select(item => item.Content.GetRawText()));
    }

    [Fact]
    public async Task Ids_of_one_source_are_not_those_of_another()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync("""[{"id":"a"}]""");
        await Coordinator.Watch("other", Url, 60, 0);
        await AnswerAsync("""[{"id":"a"}]""");

        Assert.Equal([("cam", "a"), ("other", "a")], (await Coordinator.Items()).Select(item => (item.Source, item.Id)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("""{"items":{}}""")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("""[{"id":null}]""")]
    [InlineData("""[{"id":""}]""")]
    [InlineData("""[{"id":"\ud800"}]""")]
    [InlineData("""[{"id":"a","text":"\ud800"}]""")]
    public async Task An_answer_without_usable_items_is_a_failure_of_which_nothing_remains(string body)
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(Success(body) with { ETag = "\"1\"" });

        PollSource source = (await Coordinator.Source("cam"))!;
        Assert.Equal((1, 200, null), (source.Failures, source.LastStatus, source.LastSuccess));
        Assert.StartsWith("The answer cannot be used", source.LastError, StringComparison.Ordinal);
        Assert.Empty(await Coordinator.Items());
        await AdvanceAsync(120);
        Assert.Null((await PermitAsync()).ETag);
    }

    [Fact]
    public async Task One_item_that_cannot_be_used_leaves_nothing_of_the_others()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync("""[{"id":"a"},{"no":"id"}]""");
        Assert.Empty(await Coordinator.Items());
        await AnswerAgainAsync("""[{"id":"a"}]""");
        Assert.False(Assert.Single(await Coordinator.Items()).Changed);
    }

    [Fact]
    public async Task Items_have_so_many_bytes_and_answers_so_many_items_and_no_more()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        string most = new('x', PollLimits.ItemBytes - """{"id":"a","x":""}""".Length);
        await AnswerAsync($$"""[{"id":"a","x":"{{most}}"}]""");
        Assert.Single(await Coordinator.Items());
        await AnswerAgainAsync($$"""[{"id":"b","x":"{{most}}x"}]""");
        Assert.Contains("65,537", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        await AnswerAgainAsync($$"""[{"id":"{{new string('i', PollLimits.ItemIdCharacters + 1)}}"}]""");
        Assert.Contains("257", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        await AnswerAgainAsync(ItemsJson(1, PollLimits.MaxItems + 1));
        Assert.Contains("1,000", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        await AnswerAgainAsync(ItemsJson(1, PollLimits.MaxItems));
        Assert.Equal(PollLimits.MaxItems + 1, (await Coordinator.Source("cam"))!.Items);
    }

    [Fact]
    public async Task The_feed_is_read_in_pages_and_keeps_the_last_thousand()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(ItemsJson(1, 1_000));
        await AnswerAgainAsync(ItemsJson(1_001, 1_003));

        Assert.Equal(Enumerable.Range(4, 100).Select(i => (long)i), (await Coordinator.Items()).Select(item => item.Number));
        Assert.Equal([1_002, 1_003], (await Coordinator.Items(1_001)).Select(item => item.Number));
        Assert.Equal([501, 502], (await Coordinator.Items(500, 2)).Select(item => item.Number));
        Assert.Empty(await Coordinator.Items(1_003));
        await Expect.InvalidArgument(() => Coordinator.Items(0, 0), "'limit'");
        await Expect.InvalidArgument(() => Coordinator.Items(0, 101), "'limit'", "100");
    }

    [Fact]
    public async Task Two_thousand_items_are_known_again_those_that_were_listed_last()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(ItemsJson(1, 1_000));
        await AnswerAgainAsync(ItemsJson(1_001, 2_000));
        await AnswerAgainAsync(ItemsJson(1, 10));
        Assert.Equal(2_000, (await Coordinator.Source("cam"))!.Items);

        await AnswerAgainAsync(ItemsJson(2_001, 2_500));
        await AnswerAgainAsync(ItemsJson(1, 10));
        await AnswerAgainAsync(ItemsJson(1_001, 2_000));
        Assert.Equal(2_500, (await Coordinator.Source("cam"))!.Items);
        await AnswerAgainAsync(ItemsJson(11, 11));
        Assert.Equal(2_501, (await Coordinator.Source("cam"))!.Items);
    }

    [Fact]
    public async Task Much_that_is_new_is_handed_on_in_portions()
    {
        await Coordinator.Watch("cam", Url, 60, 0, target: Target("takings"));
        TestSocket all = await _host.ConnectAsync(Address);
        TestSocket one = await _host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "cam" });
        TestSocket other = await _host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "other" });

        await AnswerAsync(ItemsJson(1, 250));
        IEnumerable<string> large = Enumerable.Range(1, 7).Select(i => $$"""{"id":"l{{i}}","x":"{{new string('x', 60_000)}}"}""");
        await AnswerAgainAsync($"[{string.Join(",", large)}]");
        await _host.DeliverAsync();

        int[] sizes = [100, 100, 50, 4, 3];
        Assert.Equal(sizes, all.Received.Select(receipt => JsonDocument.Parse(receipt.Arguments).RootElement[0].GetArrayLength()));
        Assert.Equal(all.Received, one.Received);
        Assert.Empty(other.Received);
        int[] taken = await _host.Objects.Get<ITakings>("takings").Sizes();
        Assert.Equal(sizes, taken);
    }

    [Fact]
    public async Task What_cannot_be_handed_on_comes_again()
    {
        await Coordinator.Watch("cam", Url, 60, 0, target: new PollTarget("no-such-class", "x", "take"));
        await AnswerAsync("""[{"id":"a"}]""");
        Assert.Contains("no-such-class", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
        Assert.Empty(await Coordinator.Items());

        await Coordinator.Watch("cam", Url, 60, 0, target: Target("takings"));
        await AnswerAgainAsync("""[{"id":"a"}]""");
        await _host.DeliverAsync();
        Assert.Single(await _host.Objects.Get<ITakings>("takings").Sizes());
    }

    [Theory]
    [InlineData("text/html", "<p>é</p>", """{"mediaType":"text/html","text":"<p>é</p>"}""")]
    [InlineData("image/png", null, """{"mediaType":"image/png","base64":"/wA="}""")]
    public async Task A_whole_body_may_be_the_item(string mediaType, string? text, string content)
    {
        await Coordinator.Watch("page", Url, 60, 0, PollFormat.Body);
        PollAnswer answer = new() { Status = 200, MediaType = mediaType, Body = text is null ? [0xff, 0] : Encoding.UTF8.GetBytes(text) };
        await AnswerAsync(answer);
        await Coordinator.PollNow("page");
        await AnswerAsync(answer);

        PolledItem item = Assert.Single(await Coordinator.Items());
        Assert.Equal(("body", false, content), (item.Id, item.Changed, item.Content.GetRawText()));
        await Coordinator.PollNow("page");
        await AnswerAsync(answer with { Body = [.. "other"u8] });
        Assert.True((await Coordinator.Items(1)).Single().Changed);
    }

    [Fact]
    public async Task A_paused_source_that_moves_during_a_poll_is_not_polled_unless_that_was_asked_for()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        string poll = await BeginAsync();
        await Coordinator.Pause("cam");
        await Coordinator.Watch("cam", Url + "/moved", 60, 0);
        await Runs.Finish(poll, Success("[]"));
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());

        await Coordinator.PollNow("cam");
        poll = await BeginAsync();
        await Coordinator.PollNow("cam");
        await Coordinator.Watch("cam", Url, 60, 0);
        await Runs.Finish(poll, Success("[]"));
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_paused_source_is_not_polled_until_it_is_resumed()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        string poll = await BeginAsync();
        Assert.True((await Coordinator.Pause("cam")).Polling);
        await Runs.Finish(poll, Success("""[{"id":"a"}]"""));
        Assert.Single(await Coordinator.Items());
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());
        PollSource paused = (await Coordinator.Source("cam"))!;
        Assert.Equal((true, false, null), (paused.Paused, paused.Polling, paused.NextAt));

        await Coordinator.PollNow("cam");
        await AnswerAsync("[]");
        await AdvanceAsync(10_000);
        Assert.Empty(Waiting());

        Assert.True((await Coordinator.Resume("cam")).Polling);
        Assert.Single(Waiting());
    }

    [Fact]
    public async Task A_source_that_fails_is_polled_now_if_one_says_so()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(new PollAnswer { Error = "refused" });
        await Coordinator.Watch("cam", Url, 10, 0);
        Assert.Equal(At(120), (await Coordinator.Source("cam"))!.NextAt);
        await Coordinator.PollNow("cam");
        await AnswerAsync("[]");
        Assert.Equal(0, (await Coordinator.Source("cam"))!.Failures);
    }

    [Fact]
    public async Task Another_url_makes_it_another_source_and_what_is_under_way_is_of_no_account()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(Success("""[{"id":"a"}]""") with { ETag = "\"1\"" });
        await Coordinator.PollNow("cam");
        string old = await BeginAsync();

        await Coordinator.Watch("cam", Url + "/new", 60, 0);
        Assert.Empty(Waiting());
        await Runs.Finish(old, Success("""[{"id":"b"}]""") with { ETag = "\"2\"" });

        Assert.Equal(new PollPermit(Url + "/new", null, null), await PermitAsync());
        await Runs.Finish(_begun.Last(), Success("""[{"id":"a"}]"""));
        Assert.Equal([("a", false), ("a", false)], (await Coordinator.Items()).Select(item => (item.Id, item.Changed)));
    }

    [Fact]
    public async Task A_shorter_period_counts_at_once()
    {
        await Coordinator.Watch("cam", Url, 3_600, 0);
        await AnswerAsync("[]");
        Assert.Equal(At(10), (await Coordinator.Watch("cam", Url, 10, 0)).NextAt);
        Assert.Equal(At(10), (await Coordinator.Watch("cam", Url, 20, 0)).NextAt);
    }

    [Fact]
    public async Task Only_so_many_polls_are_under_way_at_once_and_each_end_begins_another()
    {
        for (int i = 0; i < PollLimits.MaxPolling + 3; i++)
        {
            await Coordinator.Watch($"cam-{i:00}", Url, 60, 0);
        }
        Assert.Equal(PollLimits.MaxPolling, Waiting().Count);

        await AnswerAsync("[]");
        Assert.Equal(PollLimits.MaxPolling, Waiting().Count);
        await Coordinator.Unwatch("cam-01");
        Assert.Equal(PollLimits.MaxPolling + 1, Waiting().Count);
        await AdvanceAsync(300);
        Assert.Equal(32, (await Coordinator.Sources()).Sources.Count(one => one.Failures == 1));
    }

    [Fact]
    public async Task Sources_are_listed_in_pages()
    {
        foreach (string id in (string[])["c", "a", "b"])
        {
            await Coordinator.Watch(id, Url);
        }

        PollSourcePage first = await Coordinator.Sources(2);
        Assert.Equal(["a", "b"], first.Sources.Select(one => one.Id));
        PollSourcePage second = await Coordinator.Sources(2, first.Cursor);
        Assert.Equal("c", Assert.Single(second.Sources).Id);
        Assert.Null(second.Cursor);
        await Expect.InvalidArgument(() => Coordinator.Sources(0), "'limit'");
        await Expect.InvalidArgument(() => Coordinator.Sources(101), "'limit'", "100");
    }

    [Fact]
    public async Task There_are_so_many_sources_and_no_more()
    {
        for (int i = 0; i < PollLimits.MaxSources; i++)
        {
            await Coordinator.Watch($"cam-{i}", Url);
        }

        await Expect.Refusal(409, "too-many-sources", () => Coordinator.Watch("another", Url), "1,000");
        await Coordinator.Watch("cam-0", Url + "/new");
        await Coordinator.Unwatch("cam-0");
        await Coordinator.Watch("another", Url);
    }

    [Fact]
    public async Task With_the_last_source_goes_the_coordinator()
    {
        await Coordinator.Watch("cam", Url);
        await Coordinator.Watch("other", Url);
        string poll = await BeginAsync();

        Assert.True(await Coordinator.Unwatch("cam"));
        Assert.False(await Coordinator.Unwatch("cam"));
        await Runs.Finish(poll, Success("""[{"id":"a"}]"""));
        Assert.Null(await Coordinator.Source("cam"));
        Assert.Empty(await Coordinator.Items());
        Assert.True(await Coordinator.Unwatch("other"));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cameras/7")]
    [InlineData("ftp://cameras.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://ann:secret@cameras.example/")]
    [InlineData("https://")]
    [InlineData("javascript:alert(1)")]
    public async Task What_is_no_url_of_the_web_is_refused(string url) =>
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", url), "'url'");

    [Fact]
    public async Task Arguments_outside_their_limits_are_refused()
    {
        string longest = "https://cameras.example/".PadRight(PollLimits.UrlCharacters, 'x');
        await Coordinator.Watch("cam", longest);
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", longest + "x"), "'url'", "2,049", "2,048");
        await Coordinator.Watch(new string('s', 128), Url, 1, 1);
        await Coordinator.Watch("cam", Url, PollLimits.MaxEverySeconds);
        await Expect.InvalidArgument(() => Coordinator.Watch(new string('s', 129), Url), "'source'", "129", "128");
        await Expect.InvalidArgument(() => Coordinator.Watch("", Url), "'source'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, 0.999m), "'everySeconds'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, PollLimits.MaxEverySeconds + 1), "'everySeconds'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, jitter: 1.01), "'jitter'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, jitter: -0.01), "'jitter'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, format: (PollFormat)7), "'format'");
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, target: new PollTarget("counter", "id:zz", "increment")));
        PollTarget tooLong = new("counter", "x", new string('m', 3_000));
        await Expect.InvalidArgument(() => Coordinator.Watch("cam", Url, target: tooLong), "'target'");
        await Expect.InvalidArgument(() => _host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "" }), "'source'");
        foreach (Func<string, Task> call in (Func<string, Task>[])[Coordinator.Pause, Coordinator.Resume, Coordinator.PollNow])
        {
            await Expect.Refusal(404, "unknown-source", () => call("none"), "'none'");
        }
    }

    [Fact]
    public async Task Polls_are_begun_and_finished_by_workflows_alone()
    {
        string scheduler = $"object:scheduler/{ObjectId.FromName("scheduler", "jobs")}";
        foreach (Caller other in (Caller[])[Caller.Anonymous, Caller.Of(scheduler, Caller.Object)])
        {
            IPollRuns runs = _host.Objects.Get<IPollRuns>(Address, other);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => runs.Begin("x"));
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => runs.Finish("x", new PollAnswer()));
            IPollEnds ends = _host.Objects.Get<IPollEnds>(Address, other);
            WorkflowStatus failed = new("x", PollWorkflow.Name, WorkflowState.Failed, Start);
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        }
        const string Ended = """{"status":{"id":"x","name":"poll","status":"failed","createdAt":"2030-01-01T00:00:00Z"}}""";
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => _host.PostAsync("poll-coordinator", "north", "ended", Ended));
    }

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private static PollAnswer Success(string body) =>
        new() { Status = 200, MediaType = "application/json", Body = Encoding.UTF8.GetBytes(body) };

    private static string ItemsJson(int first, int last) =>
        $"[{string.Join(",", Enumerable.Range(first, last - first + 1).Select(i => $$"""{"id":{{i}}}"""))}]";

    private static PollTarget Target(string key) => new("takings", key, "take");

    private IPollRuns RunsOf(string name) =>
        _host.Objects.Get<IPollRuns>(_host.Address<IPollCoordinator>(name), Caller.Of("workflow:test", Caller.Workflow));

    /// <summary>Polls that were asked for and have not begun, as far as the test is concerned.</summary>
    private List<string> Waiting() =>
    [
        .. _host.WaitingSignals.Select(signal => signal.Receiver.Name ?? "")
            .Where(name => name.StartsWith("poll-", StringComparison.Ordinal) && !_begun.Contains(name)),
    ];

    private async Task<string> BeginAsync()
    {
        await PermitAsync();
        return _begun.Last();
    }

    private async Task<PollPermit> PermitAsync()
    {
        string poll = Waiting()[0];
        _begun.Add(poll);
        return (await Runs.Begin(poll))!;
    }

    private async Task AnswerAsync(PollAnswer answer) => await Runs.Finish(await BeginAsync(), answer);

    private Task AnswerAsync(string body) => AnswerAsync(Success(body));

    private async Task AnswerAgainAsync(string body)
    {
        await Coordinator.PollNow("cam");
        await AnswerAsync(body);
    }

    private Task<IReadOnlyList<Answer>> AdvanceAsync(double seconds) => _host.AdvanceAsync(TimeSpan.FromSeconds(seconds));
}

/// <summary>What only workflows may call.</summary>
public interface IPollEnds
{
    Task Ended(WorkflowStatus status);
}
