using DurableObjects.Harness;
using DurableObjects.Turns;

namespace DurableObjects.Tests.Turns;

public sealed class IdempotencyKindTests
{
    [Fact]
    public async Task A_key_of_a_one_way_call_is_not_good_for_a_call_that_wants_the_result()
    {
        await using TestHost host = TestHost.Of(typeof(Meter));
        ObjectAddress meter = ObjectAddress.OfName("meter", "one");
        SignalTurn oneWay = new(new Signal(meter, "add", default)) { IdempotencyKey = "k" };
        CallTurn call = new("add", default) { IdempotencyKey = "k" };

        (await host.RunAsync(meter, oneWay, default)).OrThrow();
        Answer repeated = await host.RunAsync(meter, oneWay, default);
        Answer answer = await host.RunAsync(meter, call, default);

        Assert.True(repeated.Replayed);
        Assert.Equal((422, ErrorCodes.IdempotencyKeyReused), (answer.Error!.Status, answer.Error.Code));
        Assert.Equal(1, await host.CallAsync<int>(meter, "total"));
    }

    [DurableObject("meter")]
    public sealed class Meter(ObjectContext context) : DurableObject(context)
    {
        public int Add()
        {
            int total = Total() + 1;
            Storage.Put("total", total);
            return total;
        }

        [ReadOnlyMethod]
        public int Total() => Storage.Get("total", 0);
    }
}
