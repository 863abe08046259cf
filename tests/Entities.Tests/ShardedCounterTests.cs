using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Entities.Tests;

public sealed class ShardedCounterTests : IAsyncLifetime
{
    private static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);

    private readonly TestHost _host = TestHost.Of(typeof(ShardedCounter), typeof(CounterShard));

    private IShardedCounter Views => _host.Objects.Get<IShardedCounter>("views");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Adds_at_any_shard_are_in_the_total_after_the_staleness()
    {
        ShardedCounterShards shards = await Views.Shards();
        Assert.Equal("counter-shard", shards.Class);
        Assert.Equal([.. Enumerable.Range(0, 8).Select(i => $"views:{i}")], shards.Keys);
        Assert.Equal(1, await Shard(0).Add());
        Assert.Equal(11, await Shard(0).Add(10));
        Assert.Equal(-4, await Shard(7).Add(-4));
        await _host.HibernateAllAsync(rebuild: true);

        await AdvanceAsync(0.999);
        Assert.Equal(new ShardedCounterTotal(0, 1, 8, null, 0, 1, true, 0), await Views.Total());
        await AdvanceAsync(0.001);
        ShardedCounterTotal total = await Views.Total();
        // The shards reported, were told what holds, and reported again.
        Assert.Equal(new ShardedCounterTotal(7, 1, 8, FakeClock.DefaultStart.AddMilliseconds(1_001), 0, 1, true, 0), total);
        Assert.Equal(11, await Shard(0).Get());
    }

    [Fact]
    public async Task A_shard_reports_once_for_all_adds_of_a_staleness_and_is_silent_when_there_are_none()
    {
        await Views.Configure(stalenessSeconds: 10);
        int before = _host.CommitsOf(_host.Address<IShardedCounter>("views")).Count;
        for (int i = 0; i < 5; i++)
        {
            await Shard(3).Add();
            await AdvanceAsync(1);
        }
        await AdvanceAsync(1_000);
        Assert.Equal(5, (await Views.Total()).Total);
        Assert.Equal(1, _host.CommitsOf(_host.Address<IShardedCounter>("views")).Count - before);
        Assert.Null(_host.SummaryOf(_host.Address<ICounterShard>("views:3")).WakeAt);
    }

    [Fact]
    public async Task Reports_that_are_lost_late_or_repeated_harm_nothing()
    {
        _host.DeliversAutomatically = false;
        await Shard(0).Add(1);
        await AdvanceAsync(1);
        await Shard(0).Add(2);
        await AdvanceAsync(1);
        // What waits is read anew from the outboxes, where the first report still is, and comes in order.
        await _host.DrainAsync(atMost: 1);
        await _host.DrainAsync();
        await _host.DrainAsync();
        Assert.Equal(3, (await Views.Total()).Total);
    }

    [Fact]
    public async Task Resizing_loses_nothing_and_retired_shards_still_count()
    {
        await Views.Resize(16);
        await Shard(15).Add(5);
        Assert.Equal(["views:0", "views:1"], (await Views.Resize(2)).Keys);
        await AdvanceAsync(1);
        Assert.Equal((5, 2), ((await Views.Total()).Total, (await Views.Total()).Shards));
        await Shard(15).Add(5);
        await Shard(1).Add(1);
        await AdvanceAsync(1);
        Assert.Equal(11, (await Views.Total()).Total);
        await Views.Resize(16);
        Assert.Equal(11, (await Views.Total()).Total);
    }

    [Fact]
    public async Task A_shard_that_nobody_was_sent_to_counts_too()
    {
        await Views.Resize(1);
        await Shard(255).Add(9);
        await AdvanceAsync(1);
        Assert.Equal(9, (await Views.Total()).Total);
        await Views.Reset();
        Assert.Equal((0, 9, true), await EpochAsync());
    }

    [Fact]
    public async Task When_a_round_is_complete_the_total_has_every_add_from_before_it()
    {
        await Views.Configure(stalenessSeconds: 3_600);
        await Shard(0).Add(1);
        await Shard(5).Add(2);
        _host.DeliversAutomatically = false;
        long round = await Views.Flush();
        Assert.True((await Views.Total()).Round < round);
        await _host.DeliverAsync();
        Assert.Equal((3, round), ((await Views.Total()).Total, (await Views.Total()).Round));
    }

    [Fact]
    public async Task A_round_is_not_complete_before_the_last_shard_has_reported_and_the_next_waits_for_it()
    {
        await Views.Resize(3);
        _host.DeliversAutomatically = false;
        long first = await Views.Flush();
        // The orders to all three, and two of their reports.
        await _host.DeliverAsync(atMost: 5);
        await Shard(0).Add(7);
        long second = await Views.Flush();
        Assert.Equal(second, await Views.Flush());
        Assert.Equal((first + 1, first - 1), (second, (await Views.Total()).Round));

        await _host.DeliverAsync(atMost: 1);
        Assert.Equal((0, first), ((await Views.Total()).Total, (await Views.Total()).Round));
        await _host.DeliverAsync();
        Assert.Equal((7, second), ((await Views.Total()).Total, (await Views.Total()).Round));
        Assert.Equal(second + 1, await Views.Flush());
    }

    [Fact]
    public async Task Resetting_begins_an_epoch_and_keeps_the_final_count_of_the_one_before()
    {
        await Shard(0).Add(3);
        await Shard(1).Add(4);
        await AdvanceAsync(1);
        await Shard(1).Add(5);
        Assert.Equal(2, await Views.Reset());
        Assert.Equal((0, 12, true), await EpochAsync());
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(1, await Shard(1).Add(1));
        await AdvanceAsync(1);
        Assert.Equal((1, 12, true), await EpochAsync());
        Assert.Equal(3, await Views.Reset());
        Assert.Equal((0, 1, true), await EpochAsync());
    }

    [Fact]
    public async Task Each_add_counts_in_one_epoch_also_while_shards_have_not_heard_of_the_new_one()
    {
        await Views.Resize(2);
        await Shard(0).Add(1);
        await Shard(1).Add(10);
        await AdvanceAsync(1);
        _host.DeliversAutomatically = false;
        await Views.Reset();
        await Shard(0).Add(100);
        Assert.Equal((0, 11, false), await EpochAsync());
        await Expect.Refusal(409, ShardedCounter.EpochIncomplete, Views.Reset, "2 shards", "epoch 2");
        await _host.DeliverAsync();
        Assert.Equal((0, 111, true), await EpochAsync());
    }

    [Fact]
    public async Task A_first_report_that_crosses_a_reset_counts_in_the_epoch_before()
    {
        _host.DeliversAutomatically = false;
        await Shard(0).Add(5);
        await AdvanceAsync(1);
        await Views.Reset();
        // The shard's report was sent before the counter's orders, and comes first.
        await _host.DeliverAsync(atMost: 1);
        Assert.Equal((0, 5, false), await EpochAsync());
        await _host.DeliverAsync();
        Assert.Equal((0, 5, true), await EpochAsync());
    }

    [Fact]
    public async Task A_counter_that_was_returned_to_before_a_reset_goes_over_to_the_epoch_of_its_shards()
    {
        string past = await CountTenAtTwoShardsAsync();
        await Views.Reset();
        await ReturnAsync(_host.Address<IShardedCounter>("views"), past);
        Assert.Equal((20, 0, true), await EpochAsync());

        await Shard(0).Add(1);
        await AdvanceAsync(1);
        Assert.Equal((1, 20, true), await EpochAsync());
        Assert.Equal(2, (await Views.Total()).Epoch);
        await Shard(1).Add(2);
        await AdvanceAsync(1);
        Assert.Equal((3, 20, true), await EpochAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_counter_orders_that_has_forgotten_a_reset_destroys_no_count(bool isDeleted)
    {
        string past = await CountTenAtTwoShardsAsync();
        await Views.Reset();
        await Shard(0).Add(1);
        await Shard(1).Add(2);
        ObjectAddress views = _host.Address<IShardedCounter>("views");
        await (isDeleted ? DeleteAsync(views) : ReturnAsync(views, past));

        await Views.Configure(stalenessSeconds: 5);
        Assert.Equal((3, 20, true), await EpochAsync());
        Assert.Equal((1, 2), (await Shard(0).Get(), await Shard(1).Get()));
        await Shard(1).Add(4);
        await AdvanceAsync(4.999);
        Assert.Equal((3, 20, true), await EpochAsync());
        await AdvanceAsync(0.001);
        Assert.Equal((7, 20, true), await EpochAsync());
        Assert.Equal(3, await Views.Reset());
        Assert.Equal((0, 7, true), await EpochAsync());
    }

    [Fact]
    public async Task A_shard_that_was_returned_to_before_a_reset_or_deleted_is_told_of_it()
    {
        await CountTenAtTwoShardsAsync();
        string past = await BookmarkAsync(_host.Address<ICounterShard>("views:0"));
        await Views.Reset();
        await AdvanceAsync(1);
        await ReturnAsync(_host.Address<ICounterShard>("views:0"), past);
        await Shard(0).Add(5);
        await AdvanceAsync(1);
        Assert.Equal((0, 25, true), await EpochAsync());
        await DeleteAsync(_host.Address<ICounterShard>("views:0"));
        await Shard(0).Add(1);
        await AdvanceAsync(1);

        Assert.Equal((1, 10, true), await EpochAsync());
        Assert.Equal(3, await Views.Reset());
        Assert.Equal((0, 1, true), await EpochAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_counter_that_has_forgotten_rounds_takes_none_for_complete_before_all_have_reported(bool isDeleted)
    {
        string past = await CountTenAtTwoShardsAsync();
        await Views.Flush();
        await Views.Flush();
        ObjectAddress views = _host.Address<IShardedCounter>("views");
        await (isDeleted ? DeleteAsync(views) : ReturnAsync(views, past));
        await Shard(0).Add(1);
        await Shard(1).Add(1);
        _host.DeliversAutomatically = false;
        await AdvanceAsync(1);
        await Shard(1).Add(100);
        long round = await Views.Flush();
        long total = 0;
        for (int delivered = 1; delivered > 0;)
        {
            ShardedCounterTotal known = await Views.Total();
            Assert.True(known.Round < round || known.Total == 122, $"{known}");
            total = known.Round < round ? 0 : known.Total;
            delivered = await _host.DeliverAsync(1);
        }

        Assert.Equal(122, total);
    }

    [Fact]
    public async Task A_round_whose_reports_were_lost_is_asked_for_again_when_it_is_late()
    {
        await CountTenAtTwoShardsAsync();
        _host.DeliversAutomatically = false;
        await Views.Flush();
        const int orders = 2;
        await _host.DeliverAsync(orders);
        await _host.PurgeAsync(_host.Address<ICounterShard>("views:0"), CancellationToken.None);
        await _host.DrainAsync();
        await AdvanceAsync(29.999);
        await Views.Flush();
        Assert.DoesNotContain(_host.WaitingSignals, signal => signal.Sender!.ClassName == "sharded-counter");
        await AdvanceAsync(0.001);
        long round = await Views.Flush();
        await _host.DeliverAsync();

        Assert.Equal((10, round), ((await Views.Total()).Total, (await Views.Total()).Round));
    }

    [Fact]
    public async Task Signals_are_taken_from_the_right_object_only()
    {
        await Views.Resize(1);
        ShardReport report = new(0, long.MaxValue, 1, 1_000_000, 0, 0);
        ShardOrder order = new(7, 1, 1);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => Views.Report(report), "counter-shard/views:0");
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => Shard(0).Obey(order), "sharded-counter/views");
        Caller other = Caller.Of($"object:counter-shard/{ObjectId.FromName("counter-shard", "views:1")}", Caller.Object);
        Caller posing = Caller.Of($"object:counter-shard/{ObjectId.FromName("counter-shard", "views:0")}");
        foreach (Caller caller in (Caller[])[other, posing, Caller.Runtime])
        {
            await Expect.Refusal(
                403, ErrorCodes.Forbidden, () => _host.Objects.Get<IShardedCounter>("views", caller).Report(report));
            await Expect.Refusal(403, ErrorCodes.Forbidden, () => _host.Objects.Get<ICounterShard>("views:0", caller).Obey(order));
        }
        await Expect.InvalidArgument(() => Views.Report(report with { Shard = 256 }), "'report.shard'");
        await Expect.InvalidArgument(() => Views.Report(report with { Shard = -1 }), "'report.shard'");
    }

    [Fact]
    public async Task A_shard_is_found_by_its_key_alone()
    {
        foreach (string key in (string[])["views", "views:", ":1", "views:256", "views:01", "views:+1", "views:-1", "views: 1", "views:1x"])
        {
            await Expect.InvalidArgument(() => _host.Objects.Get<ICounterShard>(key).Add(), "'views:0'");
        }
        ObjectAddress unnamed = _host.Objects.NewAddress<ICounterShard>();
        await Expect.InvalidArgument(() => _host.Objects.Get<ICounterShard>(unnamed).Add());
        await _host.Objects.Get<ICounterShard>("a:b:255").Add();
        await AdvanceAsync(1);
        Assert.Equal(1, (await _host.Objects.Get<IShardedCounter>("a:b").Total()).Total);
    }

    [Fact]
    public async Task Arguments_have_limits_on_both_sides()
    {
        await Expect.InvalidArgument(() => Views.Resize(0), "'shards'", "1", "256");
        await Expect.InvalidArgument(() => Views.Resize(257), "'shards'", "257");
        Assert.Equal(256, (await Views.Resize(256)).Keys.Count);
        Assert.Single((await Views.Resize(1)).Keys);
        foreach (decimal wrong in (decimal[])[0.099m, 3_600.001m, 0.1001m, -1, decimal.MaxValue])
        {
            await Expect.InvalidArgument(() => Views.Configure(wrong), "'stalenessSeconds'", "0.1", "3600");
        }
        await Views.Configure(0.1m);
        await Views.Configure(3_600);
        await Expect.InvalidArgument(() => Shard(0).Add(1_000_000_001), "'by'", "1000000000");
        await Expect.InvalidArgument(() => Shard(0).Add(-1_000_000_001), "'by'");
        await Expect.InvalidArgument(() => Shard(0).Add(long.MinValue), "'by'");
        await Shard(0).Add(1_000_000_000);
        Assert.Equal(0, await Shard(0).Add(-1_000_000_000));

        await Expect.InvalidArgument(() => _host.Objects.Get<IShardedCounter>(_host.Objects.NewAddress<IShardedCounter>()).Flush(), "name");
        await Expect.InvalidArgument(() => _host.Objects.Get<IShardedCounter>(new string('n', 509)).Flush(), "508");
        await _host.Objects.Get<IShardedCounter>(new string('n', 508)).Resize(256);
    }

    [Fact]
    public async Task A_shard_holds_what_every_reader_of_JSON_reads_exactly()
    {
        await Shard(0).Add(1);
        await _host.HibernateAllAsync();
        // As if a billion had been added nine million times.
        Tables.Change(
            _host.DatabaseOf(_host.Address<ICounterShard>("views:0")),
            $"UPDATE _do_kv SET value = replace(value, '\"count\":1,', '\"count\":{CounterShard.MaxCount - 5},')");
        Assert.Equal(CounterShard.MaxCount, await Shard(0).Add(5));
        await Expect.Refusal(409, CounterShard.Overflow, () => Shard(0).Add(1), "9007199254740991");
        Assert.Equal(CounterShard.MaxCount - 1, await Shard(0).Add(-1));
    }

    [Fact]
    public async Task A_client_adds_at_shards_of_its_own_choice_and_learns_of_a_resize_within_a_minute()
    {
        await Views.Resize(4);
        ShardedCounterClient client = new(_host.Objects, "views", _host.Clock);
        for (int i = 0; i < 100; i++)
        {
            await client.AddAsync();
        }
        await Views.Resize(1);
        await AdvanceAsync(59.999);
        await client.AddAsync(10);
        await AdvanceAsync(0.001);
        await client.AddAsync(1_000);
        Assert.True(await Shard(0).Get() is >= 1_000 and < 1_100);
        await AdvanceAsync(1);
        Assert.Equal(1_110, (await Views.Total()).Total);
    }

    [Fact]
    public async Task After_a_return_of_the_counter_the_total_has_all_that_the_shards_it_knows_have()
    {
        string past = await CountTenAtTwoShardsAsync();
        await Shard(0).Add(5);
        await AdvanceAsync(1);
        Assert.Equal(25, (await Views.Total()).Total);

        await ReturnAsync(_host.Address<IShardedCounter>("views"), past);
        await AdvanceAsync(0);

        Assert.Equal(25, (await Views.Total()).Total);
    }

    [Fact]
    public async Task After_a_return_of_a_shard_the_total_has_no_more_than_the_shard()
    {
        await CountTenAtTwoShardsAsync();
        string past = await BookmarkAsync(_host.Address<ICounterShard>("views:0"));
        await Shard(0).Add(5);
        // Several reports in one millisecond, each of a later time than the one before.
        for (int i = 0; i < 3; i++)
        {
            await Views.Flush();
        }

        await ReturnAsync(_host.Address<ICounterShard>("views:0"), past);
        await AdvanceAsync(0);

        Assert.Equal((10, 20), (await Shard(0).Get(), (await Views.Total()).Total));
    }

    [Fact]
    public async Task What_is_no_shard_of_a_counter_has_nothing_to_say_after_a_return()
    {
        ObjectAddress none = _host.Address<ICounterShard>("views:999");
        await _host.RunAsync(none, new SignalTurn(new Signal(none, "add", "[1]"u8.ToArray())), CancellationToken.None);
        string past = await BookmarkAsync(none);

        await ReturnAsync(none, past);
        await AdvanceAsync(1_000);

        Assert.Null(_host.SummaryOf(none).WakeAt);
    }

    private async Task<string> CountTenAtTwoShardsAsync()
    {
        await Views.Resize(2);
        await Shard(0).Add(10);
        await Shard(1).Add(10);
        await AdvanceAsync(1);
        string past = await BookmarkAsync(_host.Address<IShardedCounter>("views"));
        await AdvanceAsync(1);
        return past;
    }

    private async Task<string> BookmarkAsync(ObjectAddress address) =>
        (await new ObjectRecovery(_host).ListAsync(address, Administrator, CancellationToken.None)).Current;

    private async Task ReturnAsync(ObjectAddress address, string bookmark) =>
        await new ObjectRecovery(_host).RestoreAsync(address, bookmark, Administrator, CancellationToken.None);

    private async Task DeleteAsync(ObjectAddress address) =>
        (await _host.RunAsync(address, new DeleteTurn { Caller = Administrator }, CancellationToken.None)).OrThrow();

    private ICounterShard Shard(int number) => _host.Objects.Get<ICounterShard>($"views:{number}");

    private async Task AdvanceAsync(double seconds) => await _host.AdvanceAsync(TimeSpan.FromMilliseconds(Math.Round(seconds * 1_000)));

    private async Task<(long Total, long Previous, bool IsComplete)> EpochAsync()
    {
        ShardedCounterTotal total = await Views.Total();
        return (total.Total, total.PreviousTotal, total.IsEpochComplete);
    }
}
