using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class CallMemoryTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task A_remembered_call_is_found_again_with_the_bytes_that_its_host_gave()
    {
        RememberedCall call = Call("the answer");
        await RememberAsync(call, Call("another"));
        Assert.Equal("the answer"u8.ToArray(), (await FindAsync(call.Id)).ToArray());
        Assert.True((await FindAsync(Guid.CreateVersion7(_host.Host.Clock.GetUtcNow()))).IsEmpty);
    }

    [Fact]
    public async Task It_is_forgotten_after_fifteen_minutes_and_its_row_goes_with_the_next_that_are_remembered()
    {
        RememberedCall old = Call("old");
        await RememberAsync(old);
        _host.Host.Clock.Advance(Limits.CallMemory - TimeSpan.FromMilliseconds(1));
        Assert.False((await FindAsync(old.Id)).IsEmpty);
        _host.Host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True((await FindAsync(old.Id)).IsEmpty);
        RememberedCall young = Call("young");
        await RememberAsync(young);
        Assert.False((await FindAsync(young.Id)).IsEmpty);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task To_look_for_a_call_commits_nothing_and_to_remember_one_makes_no_object()
    {
        TurnOutcome found = await _host.Host.StepAsync(_host.One, new FindCallTurn(Guid.NewGuid()));
        Assert.Null(found.Commit);
        TurnOutcome remembered = await _host.Host.StepAsync(_host.One, new RememberCallsTurn([Call("x")]));
        Assert.NotNull(remembered.Commit);
        Assert.False(remembered.Summary.Exists);
    }

    [Fact]
    public async Task A_call_is_remembered_through_the_end_of_the_object_and_through_a_return()
    {
        await _host.DoAsync(one => one.Storage.Put("key", 1));
        string bookmark = await _host.GetAsync(one => one.Storage.CurrentBookmark());
        RememberedCall call = Call("answer");
        await RememberAsync(call);
        (await _host.Host.RunAsync(_host.One, new RestoreTurn(DurableObjects.History.Bookmark.Parse(bookmark)), CancellationToken.None))
            .OrThrow();
        Assert.Equal("answer"u8.ToArray(), (await FindAsync(call.Id)).ToArray());
        await _host.DoAsync(one => one.Storage.DeleteAll());
        Assert.Equal("answer"u8.ToArray(), (await FindAsync(call.Id)).ToArray());
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private RememberedCall Call(string answer)
    {
        DateTimeOffset now = _host.Host.Clock.GetUtcNow();
        return new RememberedCall(Guid.CreateVersion7(now), now, System.Text.Encoding.UTF8.GetBytes(answer));
    }

    private Task<TurnOutcome> RememberAsync(params IReadOnlyList<RememberedCall> calls) =>
        _host.Host.StepAsync(_host.One, new RememberCallsTurn(calls));

    private async Task<ReadOnlyMemory<byte>> FindAsync(Guid id) =>
        (await _host.Host.StepAsync(_host.One, new FindCallTurn(id))).Answer.Json;

    private async Task<int> CountAsync()
    {
        await _host.Host.HibernateAllAsync();
        return Dump.Of(_host.Host.DatabaseOf(_host.One)).Split("-- _do_call")[1].Split("--")[0].Trim().Split('\n').Length;
    }
}
