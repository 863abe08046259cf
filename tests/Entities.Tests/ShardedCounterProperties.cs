using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class ShardedCounterProperties
{
    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (10, Gen.Constant(Kind.Add)), (2, Gen.Constant(Kind.Resize)), (2, Gen.Constant(Kind.Flush)), (2, Gen.Constant(Kind.Reset)),
            (4, Gen.Constant(Kind.Deliver)), (2, Gen.Constant(Kind.Drain)), (3, Gen.Constant(Kind.Wait)), (1, Gen.Constant(Kind.Hibernate)))
        from which in Gen.Choose(0, 5)
        from amount in Gen.Choose(-3, 10)
        select new Step(kind, which, amount);

    [Fact]
    public void Nothing_is_lost_or_counted_twice_whenever_its_signals_come() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), LosesNothing).Check(Repeatable.Config.WithMaxTest(60));

    private static async Task LosesNothing(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(ShardedCounter), typeof(CounterShard));
        host.DeliversAutomatically = false;
        IShardedCounter counter = host.Objects.Get<IShardedCounter>("c");
        await counter.Resize(3);
        long added = 0;
        long sumOfEnded = 0;
        Dictionary<long, long> rounds = [];
        foreach (Step step in steps)
        {
            switch (step.Kind)
            {
                case Kind.Add:
                    await host.Objects.Get<ICounterShard>($"c:{step.Which}").Add(step.Amount);
                    added += step.Amount;
                    break;
                case Kind.Resize:
                    await counter.Resize(1 + step.Which);
                    break;
                case Kind.Flush:
                    await counter.Flush();
                    break;
                case Kind.Reset:
                    await SettleAsync(host);
                    sumOfEnded += (await counter.Total()).Total;
                    Assert.Equal(added, sumOfEnded);
                    long epoch = await counter.Reset();
                    Assert.Equal(epoch, (await counter.Total()).Epoch);
                    break;
                case Kind.Deliver:
                    await host.DeliverAsync(atMost: 1 + step.Which);
                    break;
                case Kind.Drain:
                    // As after a crash: what was not acknowledged is sent again.
                    await host.DrainAsync(atMost: step.Which);
                    break;
                case Kind.Wait:
                    await host.AdvanceAsync(TimeSpan.FromSeconds(0.3 * step.Which));
                    break;
                case Kind.Hibernate:
                    await host.HibernateAllAsync(rebuild: true);
                    break;
            }
            if (step.Kind == Kind.Reset)
            {
                // What is added from here on may fall to either side, so the sum of the two is what must be right.
                await SettleAsync(host);
                Assert.Equal((0, true), ((await counter.Total()).Total, (await counter.Total()).IsEpochComplete));
            }
        }
        long asked = await counter.Flush();
        await SettleAsync(host);
        ShardedCounterTotal total = await counter.Total();
        Assert.Equal(added, sumOfEnded + total.Total);
        Assert.Equal(asked, total.Round);
    }

    private static async Task SettleAsync(TestHost host)
    {
        await host.DrainAsync();
        await host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await host.DrainAsync();
        await host.DrainAsync();
    }

    private enum Kind { Add, Resize, Flush, Reset, Deliver, Drain, Wait, Hibernate }

    private sealed record Step(Kind Kind, int Which, int Amount);
}
