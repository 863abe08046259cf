using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class BatchProcessorTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(BatchProcessor));

    private IBatchProcessor One => _host.Objects.Get<IBatchProcessor>("one");

    private ObjectAddress Address => _host.Address<IBatchProcessor>("one");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_tenth_item_flushes_the_batch_in_its_own_turn()
    {
        await AddAsync(1, 9);
        Assert.Equal(new BatchItemResult("9", BatchItemState.Queued), await One.Result("9"));
        Assert.Null(await One.Get("key-1"));
        BatchItemResult tenth = await AddAsync(10, 10);

        Assert.Equal(new BatchItemResult("10", BatchItemState.Applied, 1), tenth);
        Assert.Equal(new BatchItemResult("1", BatchItemState.Applied, 1), await One.Result("1"));
        Assert.Equal(10, (await One.List()).Count);
        Assert.Equal(0, (await One.Status()).Queued);
        Assert.Null(_host.SummaryOf(Address).WakeAt);
    }

    [Fact]
    public async Task A_batch_is_flushed_when_its_oldest_item_has_waited_for_100_ms()
    {
        await AddAsync(1, 1);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(60));
        await AddAsync(2, 2);
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(39));
        Assert.Equal(2, (await One.Status()).Queued);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal((BatchItemState.Applied, 1), ((await One.Result("2")) is { } two ? (two.State, two.Batch) : default));
        Assert.Equal("1", (await One.Get("key-1"))!.Value.GetRawText());
    }

    [Fact]
    public async Task An_item_that_comes_when_the_time_is_over_and_the_alarm_is_late_goes_along()
    {
        await AddAsync(1, 1);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(BatchItemState.Applied, (await AddAsync(2, 2)).State);
        await _host.TickAsync();
        Assert.Equal(1, (await One.Status()).Batches);
    }

    [Fact]
    public async Task An_item_is_queued_once_whatever_happens_to_its_answer()
    {
        await AddAsync(1, 1);
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(BatchItemState.Queued, (await AddAsync(1, 1)).State);
        Assert.Equal(1, (await One.Status()).Queued);
        await One.Flush();

        Assert.Equal(new BatchItemResult("1", BatchItemState.Applied, 1), await AddAsync(1, 1));
        Assert.Equal(1, (await One.Get("key-1"))!.Version);
        await Expect.Refusal(422, "item-id-reused", () => One.Add("1", "key-1", Json("other")), "'1'");
        await Expect.Refusal(422, "item-id-reused", () => One.Add("1", "key-1", Json(1), 0));
    }

    [Fact]
    public async Task An_item_at_fault_has_its_whole_batch_rejected_and_everybody_is_told_which()
    {
        await One.Add("a", "tea", Json(1));
        await One.Add("b", "rum", Json(1), expectedVersion: 3);
        await One.Add("c", "tea", Json(2));
        BatchReport report = (await One.Flush())!;

        Assert.Equal([BatchItemState.Rejected, BatchItemState.Rejected, BatchItemState.Rejected], report.Items.Select(one => one.State));
        Assert.Equal(["batch-rejected", "version-conflict", "batch-rejected"], report.Items.Select(one => one.Code));
        Assert.Equal(["b", "b", "b"], report.Items.Select(one => one.Culprit));
        Assert.Contains("'rum' is at version 0; expected was 3", (await One.Result("c")).Error, StringComparison.Ordinal);
        Assert.Empty(await One.List());
        Assert.Equal(BatchItemState.Queued, (await One.Add("a", "tea", Json(1))).State);
        Assert.Equal(BatchItemState.Applied, (await One.Flush())!.Items.Single().State);
        Assert.Equal(2, (await One.Result("a")).Batch);
    }

    [Fact]
    public async Task If_set_so_the_others_are_applied_without_the_item_at_fault()
    {
        await One.Configure(onFailure: BatchFailure.Isolate);
        await One.Add("a", "tea", Json(1), expectedVersion: 0);
        await One.Add("b", "tea", Json(2), expectedVersion: 0);
        await One.Add("c", "tea", Json(3), expectedVersion: 1);
        await One.Add("d", "rum", null, expectedVersion: 1);
        BatchReport report = (await One.Flush())!;

        Assert.Equal(["applied", "rejected", "applied", "rejected"], report.Items.Select(one => $"{one.State}".ToLowerInvariant()));
        Assert.Equal([null, "b", null, "d"], report.Items.Select(one => one.Culprit));
        Assert.Equal((3, 2), ((await One.Get("tea")) is { } tea ? (tea.Value.GetInt32(), tea.Version) : default));
    }

    [Fact]
    public async Task Later_items_of_a_batch_see_earlier_ones_and_null_removes()
    {
        await One.Add("a", "tea", Json(1), expectedVersion: 0);
        await One.Add("b", "tea", Json(2), expectedVersion: 1);
        await One.Add("c", "rum", Json(1));
        await One.Add("d", "rum");
        await One.Add("e", "gin", Json<object?>(null));
        Assert.All((await One.Flush())!.Items, one => Assert.Equal(BatchItemState.Applied, one.State));

        Assert.Equal(["tea 2 2"], (await One.List()).Select(one => $"{one.Key} {one.Value} {one.Version}"));
    }

    [Fact]
    public async Task Count_and_time_can_be_set()
    {
        await One.Configure(maxItems: 2);
        await AddAsync(1, 1);
        Assert.Equal(BatchItemState.Applied, (await AddAsync(2, 2)).State);
        BatchSettings settings = await One.Configure(maxMilliseconds: 5_000);
        Assert.Equal(new BatchSettings(2, 5_000), settings);
        await AddAsync(3, 3);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(4_999));
        Assert.Equal(1, (await One.Status()).Queued);
        await One.Configure(maxItems: 1);
        await _host.TickAsync();
        Assert.Equal(0, (await One.Status()).Queued);

        await Expect.InvalidArgument(() => One.Configure(maxItems: 0), "'maxItems'", "100");
        await Expect.InvalidArgument(() => One.Configure(maxItems: 101), "'maxItems'");
        await Expect.InvalidArgument(() => One.Configure(maxMilliseconds: 0), "'maxMilliseconds'", "60000");
        await Expect.InvalidArgument(() => One.Configure(maxMilliseconds: 60_001), "'maxMilliseconds'");
        await Expect.InvalidArgument(() => One.Configure(onFailure: (BatchFailure)7), "'onFailure'");
    }

    [Fact]
    public async Task Everybody_at_a_socket_hears_what_became_of_a_batch()
    {
        TestSocket ann = await _host.ConnectAsync(Address);
        await ann.SendAsync(new { id = "a", key = "tea", value = 1 });
        await ann.SendAsync(new { id = "b", key = "tea", expectedVersion = 1 });
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(100));

        SocketReceipt heard = Assert.Single(ann.Received);
        Assert.Equal("flushed", heard.Target);
        Assert.Equal(
            """[{"batch":1,"at":"2030-01-01T00:00:00.1+00:00","items":["""
            + """{"id":"a","state":"applied","batch":1,"code":null,"error":null,"culprit":null},"""
            + """{"id":"b","state":"applied","batch":1,"code":null,"error":null,"culprit":null}]}]""",
            heard.Arguments);
        Assert.Null(await One.Get("tea"));
    }

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"id":"a"}""")]
    [InlineData("""{"id":"a","key":""}""")]
    [InlineData("""{"id":1,"key":"tea"}""")]
    public async Task A_message_that_is_no_item_is_refused(string json)
    {
        TestSocket ann = await _host.ConnectAsync(Address);
        Turns.Answer answer = await ann.SendAsync(JsonSerializer.Deserialize<JsonElement>(json));

        Assert.Equal((400, "invalid-argument"), (answer.Error!.Status, answer.Error.Code));
    }

    [Fact]
    public async Task Arguments_are_bounded()
    {
        await One.Add(new string('i', 128), new string('k', 256), Json(new string('v', BatchProcessor.ValueBytes - 2)), 0);

        await Expect.InvalidArgument(() => One.Add("", "k"), "'id'", "128");
        await Expect.InvalidArgument(() => One.Add(new string('i', 129), "k"), "'id'");
        await Expect.InvalidArgument(() => One.Add("i", ""), "'key'", "256");
        await Expect.InvalidArgument(() => One.Add("i", new string('k', 257)), "'key'");
        await Expect.InvalidArgument(() => One.Add("i", "k", Json(new string('v', BatchProcessor.ValueBytes - 1))), "'value'", "16,384");
        await Expect.InvalidArgument(() => One.Add("i", "k", null, -1), "'expectedVersion'");
        await Expect.InvalidArgument(() => One.Get(new string('k', 257)), "'key'");
        await Expect.InvalidArgument(() => One.Result(""), "'id'");
        await Expect.InvalidArgument(() => One.List(null, 0), "'limit'", "250");
        await Expect.InvalidArgument(() => One.List(null, 251), "'limit'");
        await Expect.Refusal(404, "unknown-item", () => One.Result("i"), "'i'");
    }

    [Fact]
    public async Task Values_are_nested_no_deeper_than_what_every_reader_of_a_page_takes()
    {
        Assert.Equal(BatchItemState.Queued, (await One.Add("a", "tea", Nested(32))).State);
        await Expect.InvalidArgument(() => One.Add("b", "tea", Nested(33)), "'value'", "32 levels");
        await One.Flush();

        Assert.Equal(Nested(32).GetRawText(), Assert.Single(await One.List()).Value.GetRawText());
    }

    [Fact]
    public async Task Keys_come_in_pages()
    {
        await One.Configure(maxItems: 5);
        await AddAsync(1, 5);

        Assert.Equal(["key-1", "key-2"], (await One.List(null, 2)).Select(one => one.Key));
        Assert.Equal(["key-3", "key-4", "key-5"], (await One.List("key-2", 250)).Select(one => one.Key));
        Assert.Null(await One.Flush());
    }

    private static JsonElement Nested(int levels) =>
        JsonSerializer.Deserialize<JsonElement>(new string('[', levels) + new string(']', levels));

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    private async Task<BatchItemResult> AddAsync(int from, int to)
    {
        BatchItemResult? last = null;
        for (int i = from; i <= to; i++)
        {
            last = await One.Add($"{i}", $"key-{i}", Json(i));
        }
        return last!;
    }
}
