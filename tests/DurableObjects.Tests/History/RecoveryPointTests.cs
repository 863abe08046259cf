using System.Text.Json;
using DurableObjects.History;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.History;

/// <summary>Labelled bookmarks, and bookmarks for times.</summary>
public sealed class RecoveryPointTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_point_names_the_state_that_the_turn_began_with()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        RecoveryPoint made = null!;
        await _host.DoAsync(one =>
        {
            made = one.Storage.RecoveryPoints.Create("before");
            one.Storage.Put("k", 2);
        });
        Assert.Equal(_host.Clock.GetUtcNow(), made.At);

        await _host.DoAsync(async one => await one.Storage.RecoveryPoints.RestoreOnNextWakeAsync("before"));

        Assert.Equal(1, await _host.GetAsync(one => one.Storage.Get("k", 0)));
        Assert.Equal(made, Assert.Single(await _host.GetAsync(one => one.Storage.RecoveryPoints.List())));
        RecoveryPoint again = await CreateAsync("again");
        Assert.Equal(made.Hash, again.Hash);
        Assert.NotEqual(made.Bookmark, again.Bookmark);
    }

    [Fact]
    public async Task Points_stay_through_a_return_older_and_newer_ones()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        RecoveryPoint first = await CreateAsync("first");
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        RecoveryPoint second = await CreateAsync("second");

        await _host.DoAsync(async one => await one.Storage.RecoveryPoints.RestoreOnNextWakeAsync("first"));
        Assert.Equal([first, second], await _host.GetAsync(one => one.Storage.RecoveryPoints.List()));
        await _host.DoAsync(async one => await one.Storage.RecoveryPoints.RestoreOnNextWakeAsync("second"));

        Assert.Equal(2, await _host.GetAsync(one => one.Storage.Get("k", 0)));
        Assert.NotEqual(first.Hash, second.Hash);
    }

    [Fact]
    public async Task A_point_does_not_move_the_tag()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        long version = _host.Summary.Version;
        await CreateAsync("here");
        Assert.Equal(version, _host.Summary.Version);
    }

    [Fact]
    public async Task What_cannot_be_a_point_is_refused()
    {
        Assert.Equal(404, (await TryCreateAsync("too early")).Error?.Status);
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await CreateAsync("here");
        Assert.Equal((409, ErrorCodes.LabelTaken), Refusal(await TryCreateAsync("here")));
        Assert.Equal((400, ErrorCodes.InvalidArgument), Refusal(await TryCreateAsync("")));
        Assert.Equal((400, ErrorCodes.InvalidArgument), Refusal(await TryCreateAsync(new string('x', Limits.LabelCharacters + 1))));
        Answer late = await _host.TryAsync(one =>
        {
            one.Storage.Put("k", 2);
            one.Storage.RecoveryPoints.Create("late");
        });
        Assert.Equal((500, ErrorCodes.InvalidUse), Refusal(late));
        Answer unknown = await _host.TryAsync(async one => await one.Storage.RecoveryPoints.RestoreOnNextWakeAsync("nowhere"));
        Assert.Equal((404, ErrorCodes.UnknownBookmark), Refusal(unknown));
    }

    [Fact]
    public async Task There_is_a_limit_of_points_and_one_can_be_deleted()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        for (int i = 0; i < Limits.RecoveryPoints; i++)
        {
            await CreateAsync($"point {i}");
        }
        Assert.Equal((409, ErrorCodes.StorageFull), Refusal(await TryCreateAsync("one more")));
        Assert.True(await _host.GetAsync(one => one.Storage.RecoveryPoints.Delete("point 7")));
        Assert.False(await _host.GetAsync(one => one.Storage.RecoveryPoints.Delete("point 7")));
        await CreateAsync("one more");
    }

    [Fact]
    public async Task Bookmarks_sort_in_time_order_and_a_time_finds_the_newest_commit_before_it()
    {
        Assert.Equal((404, ErrorCodes.UnknownBookmark), Refusal(await _host.TryAsync(one => { one.Storage.CurrentBookmark(); })));
        List<(DateTimeOffset At, string Bookmark)> moments = [];
        for (int i = 0; i < 20; i++)
        {
            await _host.DoAsync(one => one.Storage.Put("k", one.Storage.Get("k", 0) + 1));
            moments.Add((_host.Clock.GetUtcNow(), await _host.GetAsync(one => one.Storage.CurrentBookmark())));
            _host.Clock.Advance(TimeSpan.FromSeconds(10));
        }
        Assert.Equal(moments.Select(one => one.Bookmark).Order(StringComparer.Ordinal), moments.Select(one => one.Bookmark));
        foreach ((DateTimeOffset at, string bookmark) in moments)
        {
            Assert.Equal(bookmark, await ForTimeAsync(at));
            Assert.Equal(bookmark, await ForTimeAsync(at + TimeSpan.FromSeconds(9.5)));
        }
        Answer early = await _host.TryAsync(async one =>
            await one.Storage.BookmarkForTimeAsync(moments[0].At - TimeSpan.FromSeconds(1)));
        Assert.Equal((410, ErrorCodes.BookmarkExpired), Refusal(early));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_put_commits_out_of_order()
    {
        DateTimeOffset later = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(later, TurnRunner.Later(later, later - TimeSpan.FromHours(1)));
        Assert.Equal(later + TimeSpan.FromMilliseconds(1), TurnRunner.Later(later, later + TimeSpan.FromMicroseconds(1_700)));
    }

    [Fact]
    public async Task A_reader_does_not_see_the_past()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Answer answer = await _host.TryReadAsync(one => { one.Storage.CurrentBookmark(); });
        Assert.Equal((500, ErrorCodes.ReadOnly), Refusal(answer));
    }

    private async Task<string> ForTimeAsync(DateTimeOffset time)
    {
        string found = "";
        await _host.DoAsync(async one => found = await one.Storage.BookmarkForTimeAsync(time));
        return found;
    }

    private Task<Answer> TryCreateAsync(string label) =>
        _host.Host.RunAsync(_host.One, new CreateRecoveryPointTurn(label), CancellationToken.None);

    private async Task<RecoveryPoint> CreateAsync(string label) =>
        JsonSerializer.Deserialize<RecoveryPoint>((await TryCreateAsync(label)).OrThrow().Json.Span, ObjectJson.Options)!;

    private static (int, string)? Refusal(Answer answer) => answer.Error is { } error ? (error.Status, error.Code) : null;
}
