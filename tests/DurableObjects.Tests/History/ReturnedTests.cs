using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.History;
using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.History;

/// <summary>How an object is told that it was returned to an earlier bookmark.</summary>
public sealed class ReturnedTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();
    private readonly List<string> _told = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task It_is_told_once_after_it_woke_and_before_the_first_call()
    {
        string before = await PrepareAsync();
        _host.Script.OnWake = _ => Note("wake");
        _host.Script.OnReturned = (one, _) => Note($"returned at {one.Storage.Get("k", 0)}");

        await RestoreAsync(before);
        await _host.DoAsync(_ => Note("call"));
        await _host.DoAsync(_ => Note("call"));
        await _host.Host.HibernateAllAsync();
        await _host.DoAsync(_ => Note("call"));

        Assert.Equal(["wake", "returned at 1", "call", "call", "wake", "call"], _told);
    }

    [Fact]
    public async Task It_is_told_where_it_is_and_what_undoes_it()
    {
        string before = await PrepareAsync();
        ReturnInfo? told = null;
        _host.Script.OnReturned = (_, info) => { told = info; return Task.CompletedTask; };

        string undo = await RestoreAsync(before);
        await _host.DoAsync(_ => { });

        Assert.Equal(new ReturnInfo(before, undo), told);
        await RestoreAsync(told!.Undo);
        Assert.Equal(2, await _host.GetAsync(one => one.Storage.Get("k", 0)));
        Assert.Equal(undo, told.Bookmark);
    }

    [Fact]
    public async Task What_it_then_stores_is_part_of_the_turn()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (one, _) => { one.Storage.Put("told", true); return Task.CompletedTask; };

        await RestoreAsync(before);
        long commits = _host.Summary.Head.Commit;

        Assert.True(await _host.GetAsync(one => one.Storage.Get<bool>("told")));
        Assert.Equal(commits + 1, _host.Summary.Head.Commit);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    [Fact]
    public async Task A_call_that_only_reads_does_not_see_it_before()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (one, _) => { one.Storage.Put("k", 7); return Task.CompletedTask; };

        await RestoreAsync(before);

        Assert.Equal(7, await _host.ReadAsync(one => one.Storage.Get("k", 0)));
        _host.Script.OnWake = _ => Note("wake");
        Assert.Equal(7, await _host.ReadAsync(one => one.Storage.Get("k", 0)));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task It_is_told_by_the_runtime_if_nobody_calls()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (_, _) => Note("returned");

        await RestoreAsync(before);
        await _host.Host.TickAsync();
        await _host.Host.TickAsync();

        Assert.Equal(["returned"], _told);
        Assert.Null(_host.Summary.WakeAt);
    }

    [Fact]
    public async Task A_call_that_fails_does_not_keep_it_from_hearing()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (one, _) => { one.Storage.Put("told", true); return Note("returned"); };

        await RestoreAsync(before);
        await _host.TryAsync(_ => throw new DurableObjectException(409, "no", "no"));
        await _host.Host.TickAsync();
        Assert.True(await _host.GetAsync(one => one.Storage.Get<bool>("told")));

        Assert.Equal(["returned", "returned"], _told);
    }

    [Fact]
    public async Task Where_it_fails_every_call_fails_and_it_is_tried_again_ever_more_rarely()
    {
        string before = await PrepareAsync();
        bool fails = true;
        _host.Script.OnReturned = (_, _) => fails ? throw new InvalidOperationException("broken") : Note("returned");
        _host.Script.OnAlarm = (_, _) => Note("alarm");

        await RestoreAsync(before);
        foreach (Answer answer in (Answer[])[await _host.TryAsync(_ => Note("call")), await _host.TryReadAsync(_ => Note("read"))])
        {
            Assert.Equal((503, ErrorCodes.Unavailable, true), (answer.Error!.Status, answer.Error.Code, answer.Error.Retryable));
            Assert.Contains("broken", answer.Error.Detail, StringComparison.Ordinal);
        }
        List<TimeSpan> pauses = [];
        for (int i = 0; i < 8; i++)
        {
            await _host.Host.TickAsync();
            pauses.Add(_host.Summary.WakeAt!.Value - _host.Host.Clock.GetUtcNow());
            _host.Host.Clock.Advance(pauses[i]);
        }
        Assert.Equal([2, 4, 8, 16, 32, 64, 64, 64], pauses.Select(pause => pause.TotalSeconds));
        Assert.Empty(_told);
        Assert.Contains("broken", (await InspectAsync()).ReturnedError, StringComparison.Ordinal);

        fails = false;
        await _host.Host.TickAsync();
        Assert.Equal(["returned"], _told);
        Assert.Null((await InspectAsync()).ReturnedError);
    }

    [Fact]
    public async Task That_it_fails_is_no_answer_to_a_call_and_does_not_use_up_its_key()
    {
        string before = await PrepareAsync();
        bool fails = true;
        _host.Script.OnReturned = (_, _) => fails ? throw new DurableObjectException(409, "no", "no") : Task.CompletedTask;
        CallTurn turn = _host.Turn(_ => Note("call")) with { IdempotencyKey = "once" };

        await RestoreAsync(before);
        Answer answer = await _host.Host.RunAsync(_host.One, turn, CancellationToken.None);
        Assert.Equal(503, answer.Error!.Status);
        fails = false;
        (await _host.Host.RunAsync(_host.One, turn, CancellationToken.None)).OrThrow();

        Assert.Equal(["call"], _told);
    }

    [Fact]
    public async Task It_may_not_ask_for_another_return()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (one, info) => one.Storage.RestoreOnNextWakeAsync(info.Undo).AsTask();

        await RestoreAsync(before);
        long commits = _host.Summary.Head.Commit;
        Answer answer = await _host.TryAsync(_ => { });

        Assert.Contains("asked for a return", answer.Error!.Detail, StringComparison.Ordinal);
        Assert.Equal(commits, _host.Summary.Head.Commit);
    }

    [Fact]
    public async Task One_that_is_ended_before_it_was_told_is_not_told_any_more_nor_is_who_comes_after_it()
    {
        string before = await PrepareAsync();
        _host.Script.OnReturned = (one, _) => { one.Storage.Put("told", true); return Note("returned"); };

        await RestoreAsync(before);
        (await _host.Host.RunAsync(_host.One, new DeleteTurn(), CancellationToken.None)).OrThrow();
        Assert.Equal((false, null), (_host.Summary.Exists, _host.Summary.WakeAt));
        await _host.Host.TickAsync();
        await _host.DoAsync(one => one.Storage.Put("k", 1));

        Assert.Empty(_told);
    }

    [Fact]
    public void A_method_that_only_has_the_name_is_not_it()
    {
        ObjectClasses classes = new([typeof(Library), typeof(ScriptedObject)]);
        Assert.Equal((false, true), (classes.Get("library").HearsOfReturns, classes.Get("scripted").HearsOfReturns));
    }

    [Fact]
    public async Task An_alarm_that_is_due_waits_for_it()
    {
        await _host.DoAsync(one => one.Storage.SetAlarm(TimeSpan.FromSeconds(1)));
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.DeleteAlarm());
        _host.Host.Clock.Advance(TimeSpan.FromMinutes(1));
        _host.Script.OnReturned = (_, _) => Note("returned");
        _host.Script.OnAlarm = (_, _) => Note("alarm");

        await RestoreAsync(before);
        await _host.Host.TickAsync();

        Assert.Equal(["returned", "alarm"], _told);
    }

    [Fact]
    public async Task One_that_could_not_return_is_told_nothing_and_neither_is_one_that_was_not_there_yet()
    {
        string before = await PrepareAsync();
        await _host.DoAsync(one => one.Storage.DeleteAll());
        string ended = await BookmarkAsync();
        _host.Script.OnReturned = (_, _) => Note("returned");
        await RestoreAsync(ended);
        await _host.Host.TickAsync();
        Assert.False(_host.Summary.Exists);

        await _host.DoAsync(one => one.Storage.Put("k", 3));
        _host.Host.Forget(_host.One, commit: Bookmark.Parse(before).Commit);
        await RestoreAsync(before);
        await _host.Host.TickAsync();
        Assert.Equal(3, await _host.GetAsync(one => one.Storage.Get("k", 0)));
        Assert.Empty(_told);
    }

    private Task Note(string text)
    {
        _told.Add(text);
        return Task.CompletedTask;
    }

    /// <summary>Stores 1 and then 2; the bookmark between them.</summary>
    private async Task<string> PrepareAsync()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        string before = await BookmarkAsync();
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        return before;
    }

    private Task<string> BookmarkAsync() => _host.GetAsync(one => one.Storage.CurrentBookmark());

    private async Task<ObjectDetails> InspectAsync()
    {
        Answer answer = await _host.Host.RunAsync(_host.One, new InspectTurn(), CancellationToken.None);
        return JsonSerializer.Deserialize<ObjectDetails>(answer.Json.Span, ObjectJson.Options)!;
    }

    private async Task<string> RestoreAsync(string bookmark)
    {
        Answer answer = await _host.Host.RunAsync(_host.One, new RestoreTurn(Bookmark.Parse(bookmark)), CancellationToken.None);
        return JsonSerializer.Deserialize<string>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
    }

    [DurableObject("library")]
    private sealed class Library(ObjectContext context) : DurableObject(context)
    {
        public void GiveBack(string book) => OnReturned(book);

        private void OnReturned(string book) => Storage.Put(book, true);
    }
}
