using DurableObjects.Harness;
using DurableObjects.Hosting;

namespace DurableObjects.Tests.Hosting;

public sealed class TypedStubTests : IAsyncLifetime
{
    private readonly TestHost _host = TestHost.Of(typeof(Tally));

    public interface ITally
    {
        Task<int> Add(int by, CancellationToken cancellation = default);

        ValueTask<int> TotalAsync();

        Task Reset();

        ValueTask Fail(string message);

        Task<string?> WhoAsync();

        int Immediately();
    }

    [Fact]
    public async Task A_call_through_a_stub_answers_what_the_method_returned_and_survives_hibernation()
    {
        ITally tally = _host.Objects.Get<ITally>("one");
        Assert.Equal(2, await tally.Add(2));
        Assert.Equal(5, await tally.Add(3));
        await _host.HibernateAllAsync();
        Assert.Equal(6, await tally.Add(1));
        await _host.HibernateAllAsync(rebuild: true);
        Assert.Equal(6, await tally.TotalAsync());
        Assert.Equal(0, await _host.Objects.Get<ITally>("another").TotalAsync());
        await tally.Reset();
        Assert.Equal(0, await tally.TotalAsync());
    }

    [Fact]
    public async Task A_stub_throws_what_the_object_threw()
    {
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(
            () => _host.Objects.Get<ITally>("one").Fail("no").AsTask());
        Assert.Equal((409, "refused", "no"), (error.Status, error.Code, error.Message));
    }

    [Fact]
    public async Task A_stub_speaks_for_its_caller()
    {
        Assert.Null(await _host.Objects.Get<ITally>("one").WhoAsync());
        Assert.Equal("ada", await _host.Objects.Get<ITally>("one", Caller.Of("ada")).WhoAsync());
    }

    [Fact]
    public async Task A_new_address_is_of_an_object_that_exists_from_its_first_commit()
    {
        ObjectAddress address = _host.Objects.NewAddress<ITally>();
        Assert.NotEqual(address, _host.Objects.NewAddress<ITally>());
        Assert.Null(await _host.FindAsync(address, CancellationToken.None));
        Assert.Equal(1, await _host.Objects.Get<ITally>(address).Add(1));
        Assert.NotNull(await _host.FindAsync(address, CancellationToken.None));
    }

    [Fact]
    public void A_stub_is_of_an_interface_that_a_class_implements_and_its_methods_return_tasks()
    {
        Assert.Equal(ErrorCodes.UnknownClass,
            Assert.Throws<DurableObjectException>(() => _host.Objects.Get<IFormattable>("one")).Code);
        Assert.Equal(ErrorCodes.InvalidUse, Assert.Throws<DurableObjectException>(
            () => _host.Objects.Get<Tally>(_host.Address<Tally>("one"))).Code);
        Assert.Contains("return a task", Assert.Throws<DurableObjectException>(
            () => _host.Objects.Get<ITally>("one").Immediately()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_lists_the_objects_of_a_class_in_pages()
    {
        foreach (string name in (string[])["b", "a", "c", "ab"])
        {
            await _host.Objects.Get<ITally>(name).Add(1);
        }
        await _host.Objects.Get<ITally>("only read").TotalAsync();
        async Task<IEnumerable<string>> ListAsync(string prefix, string? after, int limit) =>
            (await _host.ListAsync("tally", prefix, after, limit, CancellationToken.None)).Select(entry => entry.Address.Key);
        Assert.Equal(["a", "ab", "b"], await ListAsync("", null, 3));
        Assert.Equal(["c"], await ListAsync("", "b", 3));
        Assert.Equal(["a", "ab"], await ListAsync("a", null, 3));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [DurableObject("tally")]
    public sealed class Tally(ObjectContext context) : DurableObject(context), ITally
    {
        public Task<int> Add(int by, CancellationToken cancellation)
        {
            int total = Storage.Get("total", 0) + by;
            Storage.Put("total", total);
            return Task.FromResult(total);
        }

        [ReadOnlyMethod]
        public ValueTask<int> TotalAsync() => new(Storage.Get("total", 0));

        public Task Reset()
        {
            Storage.DeleteAll();
            return Task.CompletedTask;
        }

        public ValueTask Fail(string message) => throw new DurableObjectException(409, "refused", message);

        public Task<string?> WhoAsync() => Task.FromResult(Context.Caller.Id);

        public int Immediately() => 1;
    }
}
