using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

/// <summary>The context works within the instance's own turns and nowhere else.</summary>
public sealed class ContextTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    /// <summary>Every way to use what an instance is given.</summary>
    public static TheoryData<string> Uses => [.. Kinds.Keys];

    private static Dictionary<string, Action<ObjectContext>> Kinds { get; } = new()
    {
        ["get"] = context => context.Storage.Get<int>("k"),
        ["put"] = context => context.Storage.Put("k", 1),
        ["delete"] = context => context.Storage.Delete("k"),
        ["list"] = context => context.Storage.List<int>(),
        ["transaction"] = context => context.Storage.Transaction(() => { }),
        ["delete all"] = context => context.Storage.DeleteAll(),
        ["get alarm"] = context => context.Storage.GetAlarm(),
        ["set alarm"] = context => context.Storage.SetAlarm(TimeSpan.Zero),
        ["delete alarm"] = context => context.Storage.DeleteAlarm(),
        ["sql"] = context => context.Storage.Sql.Exec("SELECT 1"),
        ["size"] = context => _ = context.Storage.Sql.DatabaseSize,
        ["signal"] = context => context.Objects.Signal(ScriptedHost.Address("other"), "note", "hi"),
        ["count sockets"] = context => _ = context.Sockets.Count,
        ["list sockets"] = context => context.Sockets.List(),
        ["find socket"] = context => context.Sockets.Find("s"),
        ["send"] = context => context.Sockets.Send("message", 1),
        ["auto response"] = context => context.Sockets.SetAutoResponse("a", "b"),
        ["caller"] = context => _ = context.Caller,
        ["token"] = context => _ = context.CancellationToken,
    };

    [Theory]
    [MemberData(nameof(Uses))]
    public async Task The_constructor_may_not(string use)
    {
        _host.Script.OnConstruct = context => Kinds[use](context);
        Failure error = await _host.FailAsync(one => one.Storage.Put("k", 1));
        Assert.Equal(ErrorCodes.InvalidUse, error.Code);
        Assert.Empty(_host.Commits);

        _host.Script.OnConstruct = _ => { };
        await _host.DoAsync(one => one.Storage.Put("k", 1));
    }

    [Theory]
    [MemberData(nameof(Uses))]
    public async Task Work_that_outlives_its_turn_may_not_between_turns_nor_during_a_later_one(string use)
    {
        ObjectContext? kept = null;
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<DurableObjectException>? late = null;
        await _host.DoAsync(one =>
        {
            kept = one.Context;
            late = Task.Run(async () =>
            {
                await goOn.Task;
                return Assert.Throws<DurableObjectException>(() => Kinds[use](one.Context));
            });
        });
        Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(() => Kinds[use](kept!)).Code);

        await _host.DoAsync(async one =>
        {
            Kinds[use](one.Context);
            goOn.SetResult();
            Assert.Equal(ErrorCodes.InvalidUse, (await late!).Code);
        });
    }

    [Fact]
    public async Task What_is_always_known_may_be_used_in_the_constructor()
    {
        (string? name, ObjectId id, DateTimeOffset now) = (null, default, default);
        _host.Script.OnConstruct = context => (name, id, now) = (context.Name, context.Id, context.Now);
        await _host.DoAsync(_ => { });
        Assert.Equal(("one", _host.One.Id, _host.Clock.GetUtcNow()), (name, id, now));
    }

    [Fact]
    public async Task The_caller_is_the_one_of_the_turn()
    {
        Caller ada = Caller.Of("ada", "admin");
        Caller? seen = null;
        await _host.Host.RunAsync(_host.One, _host.Turn(one => { seen = one.Context.Caller; }) with { Caller = ada },
            CancellationToken.None);
        Assert.Same(ada, seen);
        Assert.True(seen!.IsInRole("ADMIN"));
        await _host.DoAsync(one => Assert.Null(one.Context.Caller.Id));
    }

    [Fact]
    public async Task A_failed_turn_drops_and_disposes_the_instance()
    {
        List<int> disposed = [];
        _host.Script.OnDispose = one => disposed.Add(one.Field);
        await _host.DoAsync(one => { one.Field = 1; });
        await _host.FailAsync(one =>
        {
            one.Field = 2;
            throw new FormatException();
        });
        Assert.Equal([2], disposed);
        await _host.DoAsync(one => Assert.Equal(0, one.Field));
    }

    [Fact]
    public async Task An_error_of_the_models_own_kind_keeps_its_status_code_and_text()
    {
        Failure error = await _host.FailAsync(_ => throw new DurableObjectException(409, "no-funds", "Only 3 left.")
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(3),
        });
        Assert.Equal(new Failure(409, "no-funds", "Only 3 left.", true, false, TimeSpan.FromSeconds(3)), error);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
