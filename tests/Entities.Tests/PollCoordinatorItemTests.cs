using System.Text;
using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>What is found in an answer, what of it is new, and who is told.</summary>
public sealed class PollCoordinatorItemTests : PollCoordinatorTestBase
{
    [Fact]
    public async Task What_was_answered_is_asked_for_on_condition_next_time()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        await AnswerAsync(Success("[]") with { ETag = "W/\"1\"", LastModified = "Tue, 01 Jan 2030 00:00:00 GMT" });
        await Host.HibernateAllAsync(rebuild: true);
        await AdvanceAsync(60);

        PollPermit second = await PermitAsync();
        Assert.Equal(new PollPermit(Url, "W/\"1\"", "Tue, 01 Jan 2030 00:00:00 GMT"), second);
        await Runs.Finish(Begun.Last(), new PollAnswer { Status = 304, IsUnchanged = true });
        Assert.Equal((304, 0), ((await Coordinator.Source("cam"))!.LastStatus, (await Coordinator.Source("cam"))!.Failures));
        await AdvanceAsync(60);

        Assert.Equal(second, await PermitAsync());
        await Runs.Finish(Begun.Last(), new PollAnswer { Status = 500, Error = "The source answered 500." });
        await AdvanceAsync(120);
        Assert.Equal(second, await PermitAsync());
        await Runs.Finish(Begun.Last(), Success("[]"));
        await AdvanceAsync(60);
        Assert.Equal(new PollPermit(Url, null, null), await PermitAsync());
    }

    [Fact]
    public async Task An_item_is_handed_on_when_it_is_new_and_when_it_has_changed()
    {
        await Coordinator.Watch("cam", Url, 60, 0);
        TestSocket socket = await Host.ConnectAsync(Address);

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
        Assert.Contains("The item 'b' has 65,537 bytes", (await Coordinator.Source("cam"))!.LastError, StringComparison.Ordinal);
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
        TestSocket all = await Host.ConnectAsync(Address);
        TestSocket one = await Host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "cam" });
        TestSocket other = await Host.ConnectAsync(Address, new Dictionary<string, string> { ["source"] = "other" });

        await AnswerAsync(ItemsJson(1, 250));
        IEnumerable<string> large = Enumerable.Range(1, 7).Select(i => $$"""{"id":"l{{i}}","x":"{{new string('x', 60_000)}}"}""");
        await AnswerAgainAsync($"[{string.Join(",", large)}]");
        await Host.DeliverAsync();

        int[] sizes = [100, 100, 50, 4, 3];
        Assert.Equal(sizes, all.Received.Select(receipt => JsonDocument.Parse(receipt.Arguments).RootElement[0].GetArrayLength()));
        Assert.Equal(all.Received, one.Received);
        Assert.Empty(other.Received);
        int[] taken = await Host.Objects.Get<ITakings>("takings").Sizes();
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
        await Host.DeliverAsync();
        Assert.Single(await Host.Objects.Get<ITakings>("takings").Sizes());
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

    private static string ItemsJson(int first, int last) =>
        $"[{string.Join(",", Enumerable.Range(first, last - first + 1).Select(i => $$"""{"id":{{i}}}"""))}]";

    private static PollTarget Target(string key) => new("takings", key, "take");

    private async Task AnswerAgainAsync(string body)
    {
        await Coordinator.PollNow("cam");
        await AnswerAsync(body);
    }
}
