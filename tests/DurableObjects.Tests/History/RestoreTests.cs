using System.Text;
using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.History;

/// <summary>What a return to a bookmark replaces, and what it carries forward.</summary>
public sealed class RestoreTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task User_data_and_schema_are_as_they_were_and_the_return_can_be_undone()
    {
        await _host.DoAsync(one =>
        {
            one.Storage.Put("k", "old");
            one.Sql.Exec("CREATE TABLE t(a)");
            one.Sql.Exec("INSERT INTO t VALUES (1), (2)");
        });
        string before = await BookmarkAsync();
        string state = State();
        await _host.DoAsync(one =>
        {
            one.Storage.Put("k", "new");
            one.Sql.Exec("DROP TABLE t");
            one.Sql.Exec("CREATE TABLE u(a, b)");
            one.Sql.Exec("INSERT INTO u VALUES ('x', zeroblob(200000))");
        });
        string changed = State();

        string undo = await RestoreAsync(before);

        Assert.Equal(state, State());
        Assert.Equal("old", await _host.GetAsync(one => one.Storage.Get<string>("k")));
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);

        await RestoreAsync(undo);

        Assert.Equal(changed, State());
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task A_return_is_a_commit_like_others()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        Head head = _host.Summary.Head;

        await RestoreAsync(before);

        Commit[] added = [.. _host.Commits.SkipWhile(commit => commit.Head != head).Skip(1)];
        Assert.Equal(2, added.Length);
        Assert.Equal(head, added[0].Previous);
        Assert.Equal(added[0].Head, added[1].Previous);
        Assert.Null(_host.Summary.RestoreTo);
        Assert.Equal(_host.Summary.Head.Commit, _host.Summary.Version);
    }

    [Fact]
    public async Task The_bookmark_that_undoes_it_is_the_state_that_the_turn_left()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        string undo = "";
        await _host.DoAsync(async one =>
        {
            one.Storage.Put("k", 2);
            undo = await one.Storage.RestoreOnNextWakeAsync(before);
            one.Storage.Put("k", 3);
        });
        Assert.Equal(1, await _host.GetAsync(one => one.Storage.Get("k", 0)));

        await RestoreAsync(undo);

        Assert.Equal(3, await _host.GetAsync(one => one.Storage.Get("k", 0)));
    }

    [Fact]
    public async Task A_turn_that_fails_asks_for_no_return()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        Answer answer = await _host.TryAsync(async one =>
        {
            await one.Storage.RestoreOnNextWakeAsync(before);
            throw new InvalidOperationException("no");
        });
        Assert.Equal(ErrorCodes.HandlerFailed, answer.Error?.Code);
        Assert.Equal(2, await _host.GetAsync(one => one.Storage.Get("k", 0)));
    }

    [Fact]
    public async Task The_alarm_returns_and_a_past_one_fires_at_once()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromMinutes(1)));
        string before = await BookmarkAsync();
        int fired = 0;
        _host.Script.OnAlarm = (_, _) => { fired++; return Task.CompletedTask; };
        await _host.Host.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(1, fired);
        Assert.Null(_host.Summary.Alarm);

        await RestoreAsync(before);
        Assert.NotNull(_host.Summary.Alarm);
        await _host.Host.TickAsync();

        Assert.Equal(2, fired);
        Assert.Null(_host.Summary.Alarm);
    }

    [Fact]
    public async Task An_object_that_was_ended_comes_back_and_one_that_was_not_there_yet_goes()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.DeleteAll());
        string ended = await BookmarkAsync();
        Assert.False(_host.Summary.Exists);

        await RestoreAsync(before);
        Assert.True(_host.Summary.Exists);
        Assert.Equal(1, await _host.GetAsync(one => one.Storage.Get("k", 0)));

        await RestoreAsync(ended);
        Assert.False(_host.Summary.Exists);
        Assert.Equal(0, _host.Summary.Version);
    }

    [Fact]
    public async Task Sockets_are_closed_with_service_restart()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);

        await RestoreAsync(before);

        Assert.Equal(SocketClosing.ServiceRestart, socket.Closed?.Code);
        Assert.Equal(0, _host.Summary.Sockets);
    }

    [Fact]
    public async Task Sockets_that_were_open_then_are_not_thought_open_now()
    {
        TestSocket socket = await _host.Host.ConnectAsync(_host.One);
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await socket.CloseAsync();

        await RestoreAsync(before);

        Assert.Equal(0, _host.Summary.Sockets);
        Assert.Equal(0, await _host.GetAsync(one => one.Context.Sockets.List().Count));
    }

    [Fact]
    public async Task A_remembered_answer_is_given_again_after_the_return()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        int runs = 0;
        CallTurn turn = _host.Turn(one => { runs++; one.Storage.Put("k", 2); }) with { IdempotencyKey = "once" };
        await _host.Host.RunAsync(_host.One, turn, CancellationToken.None);

        await RestoreAsync(before);
        Answer again = await _host.Host.RunAsync(_host.One, turn, CancellationToken.None);

        Assert.True(again.Replayed);
        Assert.Equal(1, runs);
        Assert.Equal(1, await _host.GetAsync(one => one.Storage.Get("k", 0)));
    }

    [Fact]
    public async Task A_large_database_that_shrank_and_grew_returns_page_by_page()
    {
        await _host.DoAsync(one =>
        {
            one.Sql.Exec("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
            one.Sql.Exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, hex(randomblob(100)) FROM n");
        });
        string large = await BookmarkAsync();
        string largeState = State();
        await _host.DoAsync(one => one.Storage.DeleteAll());
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string small = await BookmarkAsync();
        string smallState = State();

        await RestoreAsync(large);
        Assert.Equal(largeState, State());
        await RestoreAsync(small);
        Assert.Equal(smallState, State());
        await RestoreAsync(large);
        Assert.Equal(largeState, State());
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("0000000000000001-00000000000000zz")]
    [InlineData("0000000000000000-0000000000000000")]
    public async Task What_is_no_bookmark_is_refused(string text)
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Answer answer = await _host.TryAsync(one => one.Storage.RestoreOnNextWakeAsync(text).AsTask());
        Assert.Equal((400, ErrorCodes.InvalidArgument), (answer.Error!.Status, answer.Error.Code));
    }

    [Fact]
    public async Task A_bookmark_of_another_object_of_the_future_or_past_the_retention_is_refused()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        await _host.DoAsync(one => one.Storage.Put("k", 1), "other");
        Bookmark current = Bookmark.Parse(await BookmarkAsync());
        Bookmark other = new(1, _host.Host.SummaryOf(ScriptedHost.Address("other")).History);

        Assert.Equal(404, await RefusalAsync(other));
        Assert.Equal(404, await RefusalAsync(current with { Commit = current.Commit + 1 }));
        _host.Host.Forget(_host.One, commit: 1);
        Assert.Equal(410, await RefusalAsync(current with { Commit = 1 }));
    }

    [Fact]
    public async Task A_return_that_fails_leaves_the_object_as_it_is_and_says_why()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Bookmark first = Bookmark.Parse(await BookmarkAsync());
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        string state = State();
        RestoreTurn turn = new(first);
        _host.Host.Forget(_host.One, commit: 1);

        await _host.Host.RunAsync(_host.One, turn, CancellationToken.None);

        Assert.Equal(state, State());
        Assert.Null(_host.Summary.RestoreTo);
        Answer answer = await _host.Host.RunAsync(_host.One, new InspectTurn(), CancellationToken.None);
        ObjectDetails details = JsonSerializer.Deserialize<ObjectDetails>(answer.Json.Span, ObjectJson.Options)!;
        Assert.Contains("older than what is kept", details.RestoreError, StringComparison.Ordinal);
    }

    private async Task<int?> RefusalAsync(Bookmark bookmark) =>
        (await _host.TryAsync(one => one.Storage.RestoreOnNextWakeAsync(bookmark.ToString()).AsTask())).Error?.Status;

    private Task<string> BookmarkAsync() => _host.GetAsync(one => one.Storage.CurrentBookmark());

    private async Task<string> RestoreAsync(string bookmark)
    {
        Answer answer = await _host.Host.RunAsync(_host.One, new RestoreTurn(Bookmark.Parse(bookmark)), CancellationToken.None);
        return JsonSerializer.Deserialize<string>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
    }

    /// <summary>The hash of what the object has stored.</summary>
    private string State()
    {
        string copy = _host.Host.DatabaseOf(_host.One) + ".state";
        _host.Host.RebuildAsync(_host.One, _host.Summary.Head.Commit, copy).GetAwaiter().GetResult();
        try
        {
            using SqliteDatabase database = SqliteDatabase.OpenPlain(copy);
            return StateHash.Of(database);
        }
        finally
        {
            DatabaseFile.Delete(copy);
        }
    }
}
