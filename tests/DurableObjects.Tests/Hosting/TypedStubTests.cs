using DurableObjects.Harness;

namespace DurableObjects.Tests.Hosting;

public sealed class TypedStubTests
{
    [Fact]
    public async Task A_call_through_a_stub_answers_what_the_method_returned_and_survives_hibernation()
    {
        await using TestHost host = TestHost.Of(typeof(Tally));
        ITally tally = host.Objects.Get<ITally>("one");

        Assert.Equal(2, await tally.Add(2));
        Assert.Equal(5, await tally.Add(3));
        await host.HibernateAllAsync();
        Assert.Equal(6, await tally.Add(1));
        await host.HibernateAllAsync(rebuild: true);
        Assert.Equal(6, await tally.Total());
        Assert.Equal(0, await host.Objects.Get<ITally>("another").Total());
    }

    public interface ITally
    {
        Task<int> Add(int by);

        ValueTask<int> Total();
    }

    [DurableObject("tally")]
    public sealed class Tally(ObjectContext context) : DurableObject(context), ITally
    {
        public Task<int> Add(int by)
        {
            int total = Storage.Get("total", 0) + by;
            Storage.Put("total", total);
            return Task.FromResult(total);
        }

        [ReadOnlyMethod]
        public ValueTask<int> Total() => new(Storage.Get("total", 0));
    }
}
