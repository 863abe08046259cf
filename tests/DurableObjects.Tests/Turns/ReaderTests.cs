using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class ReaderTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    /// <summary>Everything that a method marked read-only may not do, by name.</summary>
    public static TheoryData<string> Changes => [.. Kinds.Keys];

    private static Dictionary<string, Action<ScriptedObject>> Kinds { get; } = new()
    {
        ["put"] = one => one.Storage.Put("k", 2),
        ["delete"] = one => one.Storage.Delete("k"),
        ["delete absent"] = one => one.Storage.Delete("absent"),
        ["delete all"] = one => one.Storage.DeleteAll(),
        ["set alarm"] = one => one.Storage.SetAlarm(TimeSpan.Zero),
        ["delete alarm"] = one => one.Storage.DeleteAlarm(),
        ["insert"] = one => one.Sql.Exec("INSERT INTO t VALUES (2)"),
        ["create"] = one => one.Sql.Exec("CREATE TABLE u(a)"),
        ["insert returning"] = one => one.Sql.Exec("INSERT INTO t VALUES (2) RETURNING a"),
        ["signal"] = one => one.Context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi"),
        ["send"] = one => one.Context.Sockets.Send("message", 1),
        ["send to one"] = one => one.Context.Sockets.List()[0].Send("message", 1),
        ["tags"] = one => one.Context.Sockets.List()[0].SetTags("a"),
        ["attachment"] = one => one.Context.Sockets.List()[0].SetAttachment("a"),
        ["close"] = one => one.Context.Sockets.List()[0].Close(),
        ["auto response"] = one => one.Context.Sockets.SetAutoResponse("a", "b"),
        ["in a transaction"] = one => one.Storage.Transaction(() => one.Storage.Put("k", 2)),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_method_marked_read_only_may_not(string change)
    {
        await PrepareAsync();
        Failure? error = (await _host.TryReadAsync(Kinds[change])).Error;
        Assert.Equal((500, ErrorCodes.ReadOnly), (error!.Status, error.Code));
        Assert.Contains("read-only", error.Detail, StringComparison.Ordinal);
        Assert.Equal(1, await _host.ReadAsync(one => one.Storage.Get("k", 0)));
    }

    [Fact]
    public async Task A_reader_sees_what_was_committed_while_a_turn_runs()
    {
        await PrepareAsync();
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Answer> turn = _host.DoAsync(async one =>
        {
            one.Storage.Put("k", 2);
            one.Sql.Exec("INSERT INTO t VALUES (2)");
            entered.SetResult();
            await goOn.Task;
        });
        await entered.Task;
        Assert.Equal((1, 1), await _host.ReadAsync(Look));
        goOn.SetResult();
        await turn;
        Assert.Equal((2, 2), await _host.ReadAsync(Look));
    }

    [Fact]
    public async Task A_reader_sees_one_state_from_its_start_to_its_end()
    {
        await PrepareAsync();
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        (int, int) first = default;
        (int, int) second = default;
        int number = _host.Script.Add(async one =>
        {
            first = Look(one);
            entered.SetResult();
            await goOn.Task;
            second = Look(one);
        });
        Task<Answer> read = _host.Host.RunAsync(
            _host.One, new CallTurn("read", System.Text.Encoding.UTF8.GetBytes($"[{number}]")), CancellationToken.None);
        await entered.Task;
        await _host.DoAsync(one => { one.Storage.Put("k", 2); one.Sql.Exec("INSERT INTO t VALUES (2)"); });
        goOn.SetResult();
        (await read).OrThrow();
        Assert.Equal(((1, 1), (1, 1)), (first, second));
        Assert.Equal((2, 2), await _host.ReadAsync(Look));
    }

    [Fact]
    public async Task Each_call_has_an_instance_of_its_own_that_did_not_wake_and_shares_nothing_with_the_live_one()
    {
        await PrepareAsync();
        int wakes = 0;
        _host.Script.OnWake = _ => { wakes++; return Task.CompletedTask; };
        await _host.DoAsync(one => { one.Field = 5; });
        List<int> disposed = [];
        _host.Script.OnDispose = one => disposed.Add(one.Field);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, await _host.ReadAsync(one => one.Field++));
        }
        Assert.Equal([1, 1], disposed);
        Assert.Equal(0, wakes);
        Assert.Equal(5, await _host.GetAsync(one => one.Field));
    }

    [Fact]
    public async Task A_call_with_migrations_pending_becomes_an_ordinary_turn()
    {
        await PrepareAsync();
        await _host.Host.HibernateAllAsync();
        int wakes = 0;
        _host.Script.OnWake = _ => { wakes++; return Task.CompletedTask; };
        _host.Script.Migrations = ["CREATE TABLE migrated(a)"];
        Assert.Equal(0, await _host.ReadAsync(one => one.Sql.Exec("SELECT count(*) FROM migrated").One().Get<int>(0)));
        Assert.Equal(1, wakes);
        Assert.Equal(0, await _host.ReadAsync(one => one.Sql.Exec("SELECT count(*) FROM migrated").One().Get<int>(0)));
        Assert.Equal(1, wakes);
    }

    [Fact]
    public async Task An_error_of_a_reader_is_its_answer_and_the_reader_goes_on()
    {
        await PrepareAsync();
        Assert.Equal(ErrorCodes.HandlerFailed, (await _host.TryReadAsync(_ => throw new FormatException())).Error!.Code);
        Assert.Equal(ErrorCodes.SqlFailed, (await _host.TryReadAsync(one => one.Sql.Exec("SELECT * FROM _do_kv"))).Error!.Code);
        Answer answer = await _host.Host.RunAsync(_host.One, new CallTurn("read", "{}"u8.ToArray()), CancellationToken.None);
        Assert.Equal(ErrorCodes.InvalidArgument, answer.Error!.Code);
        Assert.Equal(1, await _host.ReadAsync(one => one.Storage.Get("k", 0)));
    }

    [Fact]
    public async Task A_cursor_left_open_by_one_call_does_not_hold_the_next_one_to_its_state()
    {
        await PrepareAsync();
        SqlCursor? cursor = null;
        await _host.ReadAsync(one => cursor = one.Sql.Exec("SELECT 1 UNION SELECT 2"));
        await _host.DoAsync(one => one.Storage.Put("k", 2));
        Assert.Equal(2, await _host.ReadAsync(one => one.Storage.Get("k", 0)));
        Assert.Equal(ErrorCodes.InvalidUse, (await _host.TryReadAsync(one => { _ = cursor!.First(); })).Error!.Code);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private static (int, int) Look(ScriptedObject one) =>
        (one.Storage.Get("k", 0), one.Sql.Exec("SELECT count(*) FROM t").One().Get<int>(0));

    private async Task PrepareAsync()
    {
        await _host.Host.ConnectAsync(_host.One);
        await _host.DoAsync(one =>
        {
            one.Storage.Put("k", 1);
            one.Sql.Exec("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
        });
    }
}
