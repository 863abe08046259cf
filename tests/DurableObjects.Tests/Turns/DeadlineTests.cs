using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

/// <summary>A turn past its deadline is abandoned: nothing of it remains, and its code can do nothing any more.</summary>
public sealed class DeadlineTests : IAsyncLifetime
{
    private const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task A_handler_that_awaits_for_ever_is_abandoned_at_the_deadline_and_not_before()
    {
        TaskCompletionSource entered = Source();
        TaskCompletionSource goOn = Source();
        TaskCompletionSource<DurableObjectException> late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken token = default;
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Task<Answer> turn = _host.TryAsync(async one =>
        {
            one.Field = 1;
            token = one.Context.CancellationToken;
            WriteEverything(one);
            entered.SetResult();
            await goOn.Task;
            late.SetResult(Assert.Throws<DurableObjectException>(() => one.Storage.Put("k", 3)));
        });
        await entered.Task;

        _host.Clock.Advance(Limits.TurnDeadline - TimeSpan.FromTicks(1));
        Assert.False(turn.IsCompleted);
        _host.Clock.Advance(TimeSpan.FromTicks(1));

        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => turn);
        Assert.Equal((504, ErrorCodes.DeadlineExceeded, true), (error.Status, error.Code, error.Retryable));
        Assert.Contains("30 s", error.Message, StringComparison.Ordinal);
        await AssertNothingRemainsAsync();
        await CancelledAsync(token);

        goOn.SetResult();
        DurableObjectException revoked = await late.Task;
        Assert.Equal(ErrorCodes.ContextRevoked, revoked.Code);
        Assert.Contains("30 s", revoked.Message, StringComparison.Ordinal);
        await AssertNothingRemainsAsync();
    }

    [Fact]
    public async Task A_handler_that_never_gives_its_thread_back_is_abandoned()
    {
        using SemaphoreSlim entered = new(0);
        using SemaphoreSlim goOn = new(0);
        TaskCompletionSource<DurableObjectException> late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Task<Answer> turn = _host.TryAsync(one =>
        {
            WriteEverything(one);
            entered.Release();
            goOn.Wait();
            late.SetResult(Assert.Throws<DurableObjectException>(() => one.Sql.Exec("SELECT 1")));
        });
        await entered.WaitAsync();
        _host.Clock.Advance(Limits.TurnDeadline);

        await Assert.ThrowsAsync<DurableObjectException>(() => turn);
        await AssertNothingRemainsAsync();
        goOn.Release();
        Assert.Equal(ErrorCodes.ContextRevoked, (await late.Task).Code);
        await AssertNothingRemainsAsync();
    }

    [Fact]
    public async Task A_loop_of_short_uses_of_storage_is_stopped_by_the_next_use()
    {
        TaskCompletionSource entered = Source();
        TaskCompletionSource<DurableObjectException> late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Task<Answer> turn = _host.TryAsync(one =>
        {
            try
            {
                for (int i = 2; ; i++)
                {
                    one.Storage.Put("k", i);
                    entered.TrySetResult();
                }
            }
            catch (DurableObjectException error)
            {
                late.SetResult(error);
                throw;
            }
        });
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        await Assert.ThrowsAsync<DurableObjectException>(() => turn);
        Assert.Equal(ErrorCodes.ContextRevoked, (await late.Task).Code);
        await AssertNothingRemainsAsync();
    }

    [Fact]
    public async Task SQL_that_never_ends_is_interrupted()
    {
        TaskCompletionSource entered = Source();
        TaskCompletionSource<DurableObjectException> late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        Task<Answer> turn = _host.TryAsync(one =>
        {
            WriteEverything(one);
            entered.SetResult();
            late.SetResult(Assert.Throws<DurableObjectException>(() => one.Sql.Exec(Endless)));
        });
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        await Assert.ThrowsAsync<DurableObjectException>(() => turn);
        Assert.Equal(ErrorCodes.ContextRevoked, (await late.Task).Code);
        await AssertNothingRemainsAsync();
    }

    [Fact]
    public async Task SQL_that_never_ends_is_interrupted_in_a_migration_and_on_a_reader()
    {
        await _host.DoAsync(one => one.Storage.Put("k", 1));
        TaskCompletionSource entered = Source();
        Task<Answer> read = _host.TryReadAsync(one =>
        {
            entered.SetResult();
            one.Sql.Exec(Endless);
        });
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        await Assert.ThrowsAsync<DurableObjectException>(() => read);
        Assert.Equal(1, await _host.ReadAsync(one => one.Storage.Get("k", 0)));

        TaskCompletionSource constructed = Source();
        _host.Script.Migrations = [Endless];
        _host.Script.OnConstruct = _ => constructed.TrySetResult();
        await _host.Host.HibernateAllAsync();
        Task<Answer> turn = _host.TryAsync(_ => { });
        await constructed.Task;
        _host.Clock.Advance(Limits.TurnDeadline);
        await Assert.ThrowsAsync<DurableObjectException>(() => turn);
        _host.Script.Migrations = [];
        await AssertNothingRemainsAsync();
    }

    [Fact]
    public async Task A_turn_may_start_late_in_the_time_of_another_and_still_has_all_of_its_own()
    {
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        await _host.DoAsync(one => one.Storage.Put("k", 0));
        _host.Clock.Advance(Limits.TurnDeadline - TimeSpan.FromSeconds(1));
        TaskCompletionSource entered = Source();
        TaskCompletionSource goOn = Source();
        Task<Answer> turn = _host.TryAsync(async one =>
        {
            entered.SetResult();
            await goOn.Task;
            one.Storage.Put("k", 1);
        });
        await entered.Task;
        _host.Clock.Advance(Limits.TurnDeadline - TimeSpan.FromSeconds(1));
        goOn.SetResult();
        Assert.Null((await turn).Error);
    }

    [Fact]
    public async Task An_object_whose_turn_was_abandoned_takes_the_next_one_afresh()
    {
        int wakes = 0;
        _host.Script.OnWake = _ => { wakes++; return Task.CompletedTask; };
        for (int i = 0; i < 3; i++)
        {
            TaskCompletionSource entered = Source();
            Task<Answer> turn = _host.TryAsync(async one =>
            {
                one.Field = 9;
                entered.SetResult();
                await new TaskCompletionSource().Task;
            });
            await entered.Task;
            _host.Clock.Advance(Limits.TurnDeadline);
            await Assert.ThrowsAsync<DurableObjectException>(() => turn);
            await _host.DoAsync(one =>
            {
                Assert.Equal(0, one.Field);
                one.Storage.Put("n", one.Storage.Get("n", 0) + 1);
            });
        }
        Assert.Equal(3, await _host.GetAsync(one => one.Storage.Get("n", 0)));
        Assert.Equal(4, wakes);
        await Dump.AssertHistoryMakesDatabaseAsync(_host.Host, _host.One);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task CancelledAsync(CancellationToken token)
    {
        TaskCompletionSource cancelled = Source();
        using (token.Register(cancelled.SetResult))
        {
            await cancelled.Task;
        }
    }

    private static void WriteEverything(ScriptedObject one)
    {
        one.Storage.Put("k", 2);
        one.Sql.Exec("CREATE TABLE t(a)");
        one.Storage.SetAlarm(TimeSpan.Zero);
        one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi");
    }

    private async Task AssertNothingRemainsAsync()
    {
        Assert.Single(_host.Commits);
        Assert.Null(_host.Summary.WakeAt);
        Assert.Equal(0, _host.Summary.Outbox);
        Assert.Empty(_host.Host.WaitingSignals);
        await _host.DoAsync(one =>
        {
            Assert.Equal(0, one.Field);
            Assert.Equal(1, one.Storage.Get("k", 0));
            Assert.Equal(0, one.Sql.Exec("SELECT count(*) FROM sqlite_master WHERE name = 't'").One().Get<int>(0));
        });
    }
}
