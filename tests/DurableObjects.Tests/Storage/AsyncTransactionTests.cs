using DurableObjects.Harness;

namespace DurableObjects.Tests.Storage;

public sealed class AsyncTransactionTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Notes));

    private INotes One => _host.Objects.Get<INotes>("one");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task What_an_asynchronous_transaction_wrote_before_and_after_waiting_commits_with_the_turn()
    {
        await One.Add("a", fails: false);

        Assert.Equal(["a before", "a after"], await One.All());
    }

    [Fact]
    public async Task One_that_throws_is_undone_with_its_effects_and_the_turn_goes_on()
    {
        ObjectAddress address = _host.Address<INotes>("one");
        TestSocket socket = await _host.ConnectAsync(address);

        await One.Add("a", fails: true);

        Assert.Equal(["a failed"], await One.All());
        Assert.Empty(socket.Received);
        Assert.Equal(0, _host.SummaryOf(address).Outbox);
        Assert.Empty(await _host.Objects.Get<INotes>("two").All());
        Assert.Null(_host.SummaryOf(address).Alarm);
    }

    [Fact]
    public async Task Nested_ones_are_undone_apart()
    {
        await One.Nest();

        Assert.Equal(["outer before", "inner failed", "outer after"], await One.All());
    }

    [Fact]
    public async Task A_turn_that_ends_before_its_transaction_fails_whole()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(One.Forget);

        Assert.Equal(ErrorCodes.InvalidUse, error.Code);
        Assert.Empty(await One.All());
    }

    [Fact]
    public async Task Transactions_that_end_out_of_order_fail_the_turn_even_if_it_catches_the_error()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(One.Cross);

        Assert.Equal(ErrorCodes.InvalidUse, error.Code);
        Assert.Empty(await One.All());
    }

    public interface INotes
    {
        Task Add(string note, bool fails);

        Task Nest();

        Task Forget();

        Task Cross();

        Task<string[]> All();
    }

    [DurableObject("notes")]
    public sealed class Notes(ObjectContext context) : DurableObject(context), INotes
    {
        protected internal override IReadOnlyList<string> Migrations =>
            ["CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL)"];

        public async Task Add(string note, bool fails)
        {
            try
            {
                await Storage.TransactionAsync(async () =>
                {
                    Write($"{note} before");
                    await Task.Yield();
                    Write($"{note} after");
                    Context.Sockets.Send("note", note);
                    if (fails)
                    {
                        Storage.SetAlarm(TimeSpan.FromDays(1));
                        Context.Objects.Signal<INotes>("two", two => two.Add(note, false));
                        throw new InvalidOperationException();
                    }
                });
            }
            catch (InvalidOperationException)
            {
                Write($"{note} failed");
            }
        }

        public async Task Nest() => await Storage.TransactionAsync(async () =>
        {
            Write("outer before");
            await Add("inner", fails: true);
            Write("outer after");
        });

        public Task Forget()
        {
            TaskCompletionSource never = new();
            Write("forgotten");
            _ = Storage.TransactionAsync(() => new ValueTask(never.Task)).AsTask();
            return Task.CompletedTask;
        }

        public async Task Cross()
        {
            TaskCompletionSource first = new();
            TaskCompletionSource second = new();
            Task outer = Storage.TransactionAsync(() => new ValueTask(first.Task)).AsTask();
            Task inner = Storage.TransactionAsync(() => new ValueTask(second.Task)).AsTask();
            Write("crossed");
            first.SetResult();
            try
            {
                await outer;
            }
            catch (DurableObjectException)
            {
                second.SetResult();
            }
            await inner;
        }

        [ReadOnlyMethod]
        public Task<string[]> All() => Task.FromResult(
            Storage.Sql.Exec("SELECT text FROM note ORDER BY id").Select(row => row.Get<string>(0)!).ToArray());

        protected internal override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) =>
            ValueTask.CompletedTask;

        private void Write(string text) => Storage.Sql.Exec("INSERT INTO note(text) VALUES (?)", text);
    }
}
