using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities.Tests;

public sealed class CacheTests : IAsyncLifetime
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(90);

    private static readonly CacheOptions Options = new()
    {
        FreshFor = Fresh,
        StaleFor = Usable - Fresh,
        NotThereFor = TimeSpan.FromSeconds(5),
        Timeout = TimeSpan.FromSeconds(10),
        FirstPause = TimeSpan.FromSeconds(1),
        LongestPause = TimeSpan.FromSeconds(4),
    };

    private readonly Source _source = new();
    private readonly TestHost _host;

    public CacheTests() => _host = new TestHost(
        [typeof(Cache), typeof(CacheLoader)],
        services => services.AddSingleton(_source).AddCacheSource<Source>("shop", Options));

    private ICache One => _host.Objects.Get<ICache>("shop:tea");

    private ObjectAddress Address => _host.Address<ICache>("shop:tea");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_source_is_asked_once_and_then_not_until_the_value_is_no_longer_fresh()
    {
        CacheResult miss = await One.Get();
        await _host.HibernateAllAsync(rebuild: true);
        await _host.AdvanceAsync(Fresh - TimeSpan.FromMilliseconds(1));
        CacheResult hit = await One.Get();

        Assert.Equal((CacheState.Miss, true, "tea 1"), (miss.State, miss.Found, Text(miss)));
        Assert.Equal((CacheState.Hit, true, "tea 1"), (hit.State, hit.Found, Text(hit)));
        Assert.Equal((FakeClock.DefaultStart, FakeClock.DefaultStart + Fresh), (hit.LoadedAt, hit.FreshUntil));
        Assert.Equal(["tea"], _source.Asked);
    }

    [Fact]
    public async Task A_hit_is_no_commit()
    {
        await One.Get();
        int commits = _host.CommitsOf(Address).Count;
        await One.Get();

        Assert.Equal(commits, _host.CommitsOf(Address).Count);
    }

    [Fact]
    public async Task However_many_ask_at_once_the_source_is_asked_once()
    {
        TaskCompletionSource<CacheLoad> answer = new();
        _source.Answer = (_, _) => answer.Task;
        Task<CacheResult>[] all = [.. Enumerable.Range(0, 50).Select(_ => Task.Run(() => One.Get()))];
        await _source.AskedFor("tea");
        answer.SetResult(CacheLoad.Of("slow"));
        CacheResult[] results = await Task.WhenAll(all);

        Assert.All(results, result => Assert.Equal("slow", Text(result)));
        Assert.Equal(1, results.Count(result => result.State == CacheState.Miss));
        Assert.Equal(49, results.Count(result => result.State == CacheState.Hit));
        Assert.Single(_source.Asked);
    }

    [Fact]
    public async Task A_stale_value_is_answered_at_once_and_loaded_anew_in_the_background()
    {
        await One.Get();
        await _host.AdvanceAsync(Fresh);
        _host.DeliversAutomatically = false;
        CacheResult stale = await One.Get();
        CacheResult again = await One.Get();
        Assert.Equal((CacheState.Stale, "tea 1"), (stale.State, Text(stale)));
        Assert.Equal(stale, again with { Value = stale.Value });
        Assert.Single(_source.Asked);

        await _host.HibernateAllAsync(rebuild: true);
        await _host.DeliverAsync();
        CacheResult fresh = await One.Get();
        Assert.Equal((CacheState.Hit, "tea 2", FakeClock.DefaultStart + Fresh), (fresh.State, Text(fresh), fresh.LoadedAt));
        Assert.False(_host.SummaryOf(_host.Address<ICacheLoader>("shop:tea")).Exists);
    }

    [Fact]
    public async Task A_value_past_its_stale_time_is_loaded_while_the_caller_waits()
    {
        await One.Get();
        await _host.AdvanceAsync(Usable - TimeSpan.FromMilliseconds(1));
        Assert.Equal(CacheState.Stale, (await One.Peek()).State);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((CacheState.None, false), ((await One.Peek()).State, (await One.Peek()).Found));
        Assert.Equal((CacheState.Miss, "tea 2"), ((await One.Get()) is { } miss ? (miss.State, Text(miss)) : default));
    }

    [Fact]
    public async Task That_the_source_does_not_have_it_is_remembered_for_a_shorter_time()
    {
        _source.Answer = (_, _) => Task.FromResult(CacheLoad.NotThere);
        CacheResult miss = await One.Get();
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(4_999));
        CacheResult hit = await One.Get();
        Assert.Equal((CacheState.Miss, false, null), (miss.State, miss.Found, miss.Value));
        Assert.Equal((CacheState.Hit, false, null), (hit.State, hit.Found, hit.Value));
        _source.Answer = null;
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal((CacheState.Miss, true), ((await One.Get()).State, _source.Asked.Count == 2));
    }

    [Fact]
    public async Task A_failing_source_is_left_alone_for_a_doubling_while()
    {
        _source.Answer = (_, _) => throw new InvalidOperationException("No tea today.");
        foreach ((int asked, int pause) in new[] { (1, 1_000), (2, 2_000), (3, 4_000), (4, 4_000) })
        {
            CacheResult failed = await One.Get();
            Assert.Equal((CacheState.Failed, false, "No tea today."), (failed.State, failed.Found, failed.Error));
            Assert.Equal(pause / 1_000, failed.RetryAfterSeconds);
            Assert.Equal(asked, _source.Asked.Count);
            await _host.HibernateAllAsync(rebuild: true);
            await _host.AdvanceAsync(TimeSpan.FromMilliseconds(pause - 1));
            Assert.Equal((CacheState.Failed, 1), ((await One.Get()).State, (await One.Refresh()).RetryAfterSeconds));
            Assert.Equal(asked, _source.Asked.Count);
            await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        }
        _source.Answer = null;

        Assert.Equal((CacheState.Miss, null), ((await One.Get()) is { } miss ? (miss.State, miss.Error) : default));
    }

    [Fact]
    public async Task A_stale_value_outlasts_a_source_that_fails()
    {
        await One.Get();
        _source.Answer = (_, _) => throw new InvalidOperationException("No tea today.");
        await _host.AdvanceAsync(Fresh);
        await One.Get();
        CacheResult stale = await One.Get();
        Assert.Equal((CacheState.Stale, "tea 1", "No tea today.", 1), (stale.State, Text(stale), stale.Error, stale.RetryAfterSeconds));
        Assert.Equal(2, _source.Asked.Count);
        _source.Answer = null;
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await One.Get();

        Assert.Equal((CacheState.Hit, null), ((await One.Get()) is { } hit ? (hit.State, hit.Error) : default));
    }

    [Fact]
    public async Task A_source_that_does_not_answer_has_failed_after_its_timeout_even_if_it_does_not_heed_its_token()
    {
        _source.Answer = (_, _) => new TaskCompletionSource<CacheLoad>().Task;
        Task<CacheResult> waiting = Task.Run(() => One.Get());
        await _source.AskedFor("tea");
        _host.Clock.Advance(Options.Timeout);
        CacheResult failed = await waiting;

        Assert.Equal(CacheState.Failed, failed.State);
        Assert.Contains("10 s", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refreshing_loads_what_is_still_fresh_and_keeps_it_if_that_fails()
    {
        await One.Get();
        Assert.Equal("tea 2", Text(await One.Refresh()));
        _source.Answer = (_, _) => throw new InvalidOperationException("No tea today.");
        CacheResult failed = await One.Refresh();

        Assert.Equal((CacheState.Failed, true, "tea 2", 1), (failed.State, failed.Found, Text(failed), failed.RetryAfterSeconds));
        Assert.Equal((CacheState.Hit, "tea 2"), ((await One.Get()) is { } hit ? (hit.State, Text(hit)) : default));
    }

    [Fact]
    public async Task What_is_being_loaded_while_it_is_invalidated_is_dropped()
    {
        await One.Get();
        await _host.AdvanceAsync(Fresh);
        _host.DeliversAutomatically = false;
        await One.Get();
        Assert.True(await One.Invalidate());
        Assert.False(await One.Invalidate());
        await _host.DeliverAsync();

        Assert.Equal(CacheState.None, (await One.Peek()).State);
        Assert.Equal((CacheState.Miss, "tea 3"), ((await One.Get()) is { } miss ? (miss.State, Text(miss)) : default));
    }

    [Fact]
    public async Task It_forgets_itself_when_nothing_of_it_can_be_used_any_more()
    {
        await One.Get();
        await _host.AdvanceAsync(Usable - TimeSpan.FromMilliseconds(1));
        Assert.True(_host.SummaryOf(Address).Exists);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(_host.SummaryOf(Address).Exists);

        await One.Get();
        await _host.AdvanceAsync(Fresh);
        await One.Get();
        await _host.AdvanceAsync(Usable);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task It_forgets_a_failure_too()
    {
        _source.Answer = (_, _) => throw new InvalidOperationException("No tea today.");
        await One.Get();
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1) + TimeSpan.FromMinutes(2));

        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Figures_count_what_was_answered_and_are_stored_with_the_next_write()
    {
        await One.Get();
        await One.Get();
        await One.Get();
        await _host.AdvanceAsync(Fresh);
        await One.Get();
        await One.Get();
        _source.Answer = (_, _) => throw new InvalidOperationException("No tea today.");
        await One.Refresh();

        Assert.Equal(new CacheFigures(3, 1, 1, 1, 3), await One.Figures());
    }

    [Fact]
    public async Task A_value_has_its_largest_size()
    {
        _source.Answer = (_, _) => Task.FromResult(CacheLoad.Of(new string('x', Cache.ValueBytes - 2)));
        Assert.Equal(CacheState.Miss, (await One.Get()).State);
        _source.Answer = (_, _) => Task.FromResult(CacheLoad.Of(new string('x', Cache.ValueBytes - 1)));
        CacheResult failed = await One.Refresh();

        Assert.Equal(CacheState.Failed, failed.State);
        Assert.Contains("262,145", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_is_nested_too_deep_is_a_failure_also_in_the_background()
    {
        _source.Answer = (_, _) => Task.FromResult(Nested(32));
        Assert.Equal(CacheState.Miss, (await One.Get()).State);
        _source.Answer = (_, _) => Task.FromResult(Nested(33));
        await _host.AdvanceAsync(Fresh);
        Assert.Equal(CacheState.Stale, (await One.Get()).State);
        Assert.Contains("32 levels", (await One.Peek()).Error, StringComparison.Ordinal);

        _source.Answer = (_, _) => Task.FromResult(Nested(64));
        ICache other = _host.Objects.Get<ICache>("shop:rum");
        Assert.Equal(CacheState.Failed, (await other.Get()).State);
        Assert.Equal(CacheState.Failed, (await other.Get()).State);
        Assert.Single(_source.Asked, "rum");

        static CacheLoad Nested(int depth) => CacheLoad.Of(JsonElement.Parse(new string('[', depth) + new string(']', depth)));
    }

    [Fact]
    public async Task A_source_may_say_how_long_a_value_is_fresh_and_null_is_none()
    {
        _source.Answer = (_, _) => Task.FromResult(CacheLoad.Of("brief") with { FreshFor = TimeSpan.FromMilliseconds(10) });
        await One.Get();
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9));
        Assert.Equal(CacheState.Hit, (await One.Peek()).State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(CacheState.Stale, (await One.Peek()).State);
        _source.Answer = (_, _) => Task.FromResult(CacheLoad.Of<string?>(null));

        Assert.False((await One.Refresh()).Found);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("shop:")]
    [InlineData(":tea")]
    public async Task A_name_without_a_source_or_a_key_is_refused(string name)
    {
        ICache one = _host.Objects.Get<ICache>(name);
        await Expect.InvalidArgument(() => one.Get(), "{source}:{key}");
        await Expect.InvalidArgument(() => one.Peek());
        await Expect.InvalidArgument(() => one.Refresh());
        await Expect.InvalidArgument(() => one.Invalidate());
        Assert.False(_host.SummaryOf(_host.Address<ICache>(name)).Exists);
    }

    [Fact]
    public async Task An_unknown_source_is_refused() =>
        await Expect.Refusal(404, "unknown-source", () => _host.Objects.Get<ICache>("bank:tea").Get(), "'bank'");

    [Fact]
    public async Task Nobody_but_a_cache_and_its_loader_says_what_a_value_is()
    {
        await One.Get();
        CacheOutcome forged = new(true, JsonSerializer.SerializeToElement("forged"));
        Caller administrator = Caller.Of($"object:cache-loader/{_host.Address<ICacheLoader>("shop:tea").Id}", Caller.Administrator);
        Caller other = Caller.Of($"object:cache-loader/{_host.Address<ICacheLoader>("shop:rum").Id}", Caller.Object);

        await Expect.Refusal(403, "forbidden", () => _host.Objects.Get<ICache>("shop:tea", administrator).Loaded("x", forged));
        await Expect.Refusal(403, "forbidden", () => _host.Objects.Get<ICache>("shop:tea", other).Loaded("x", forged));
        await Expect.Refusal(403, "forbidden", () => _host.Objects.Get<ICacheLoader>("shop:tea").Load("x"));
        Assert.Single(_source.Asked);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("")]
    [InlineData("a:b")]
    public void A_sources_name_that_no_object_could_begin_with_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new CacheSources([new CacheSourceEntry(name, _source, Options)]));

    [Fact]
    public void Options_outside_their_limits_are_refused_by_name()
    {
        static void Refuse(CacheOptions options, string name) => Assert.Contains(
            name, Assert.Throws<ArgumentException>(() => new CacheSources([new CacheSourceEntry("shop", new Source(), options)])).Message,
            StringComparison.Ordinal);

        Refuse(Options with { FreshFor = TimeSpan.Zero }, "FreshFor");
        Refuse(Options with { FreshFor = TimeSpan.FromDays(31) }, "FreshFor");
        Refuse(Options with { StaleFor = TimeSpan.FromSeconds(-1) }, "StaleFor");
        Refuse(Options with { NotThereFor = TimeSpan.FromDays(31) }, "NotThereFor");
        Refuse(Options with { Timeout = TimeSpan.FromSeconds(20.001) }, "Timeout");
        Refuse(Options with { FirstPause = TimeSpan.Zero }, "FirstPause");
        Refuse(Options with { LongestPause = TimeSpan.FromMilliseconds(999) }, "LongestPause");
    }

    private static string? Text(CacheResult result) => result.Value?.GetString();

    /// <summary>Answers the key and how often it was asked, unless told otherwise.</summary>
    private sealed class Source : ICacheSource
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Asked { get; } = [];

        public Func<string, CancellationToken, Task<CacheLoad>>? Answer { get; set; }

        public Task AskedFor(string key) => _asked.Task.WaitAsync(TimeSpan.FromSeconds(30)).ContinueWith(
            _ => Assert.Contains(key, Asked), TaskScheduler.Default);

        public async Task<CacheLoad> LoadAsync(string key, CancellationToken cancellation)
        {
            Asked.Add(key);
            _asked.TrySetResult();
            return Answer is { } answer ? await answer(key, cancellation) : CacheLoad.Of($"{key} {Asked.Count}");
        }
    }
}
