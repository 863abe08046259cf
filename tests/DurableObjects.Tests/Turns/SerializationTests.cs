using DurableObjects.Tests.Scripted;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

/// <summary>One turn at a time, on one thread at a time.</summary>
public sealed class SerializationTests : IAsyncLifetime
{
    private readonly ScriptedHost _host = new();

    [Fact]
    public async Task Concurrent_turns_whose_handlers_await_do_not_interleave()
    {
        int inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _host.DoAsync(async one =>
        {
            Assert.Equal(1, Interlocked.Increment(ref inside));
            int before = one.Storage.Get("n", 0);
            await Task.Yield();
            await Task.Run(() => { });
            one.Storage.Put("n", before + 1);
            Interlocked.Decrement(ref inside);
        }))));

        Assert.Equal(100, await _host.GetAsync(one => one.Storage.Get("n", 0)));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), _host.Commits.Select(commit => commit.Head.Commit));
    }

    [Fact]
    public async Task Tasks_that_a_handler_runs_at_once_take_turns_on_one_thread_at_a_time()
    {
        int inside = 0;
        await _host.DoAsync(async one =>
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            {
                for (int round = 0; round < 20; round++)
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    one.Storage.Put($"k{i}", round);
                    one.Field++;
                    Interlocked.Decrement(ref inside);
                    await Task.Yield();
                }
            }));
            Assert.Equal(1_000, one.Field);
        });
        Assert.Equal(50, await _host.GetAsync(one => one.Storage.List<int>().Count(pair => pair.Value == 19)));
    }

    [Fact]
    public async Task Storage_used_from_several_threads_of_one_turn_is_safe()
    {
        await _host.DoAsync(async one => await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (int j = 0; j < 50; j++)
            {
                one.Storage.Put($"{i}/{j}", j);
                one.Sql.Exec("SELECT 1").One();
            }
        }))));
        Assert.Equal(400, await _host.GetAsync(one => one.Storage.List<int>().Count));
    }

    [Fact]
    public async Task An_activation_refuses_a_second_turn_while_one_runs()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource leave = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TurnLane lane = new(new TurnGuard(), _host.Clock, Limits.TurnDeadline, () => { }, () => { });
        Task<int> first = lane.RunAsync(new TurnScope(new InspectTurn(), isReadOnly: false), async scope =>
        {
            entered.SetResult();
            await leave.Task;
            return 1;
        });
        await entered.Task;
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => lane.RunAsync(new TurnScope(new InspectTurn(), isReadOnly: false), _ => new ValueTask<int>(2)));
        leave.SetResult();
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Fields_last_until_the_object_hibernates()
    {
        await _host.DoAsync(one => { one.Field = 5; one.Storage.Put("k", 5); });
        Assert.Equal(5, await _host.GetAsync(one => one.Field));
        await _host.Host.HibernateAllAsync();
        Assert.Equal((0, 5), await _host.GetAsync(one => (one.Field, one.Storage.Get("k", 0))));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();
}
