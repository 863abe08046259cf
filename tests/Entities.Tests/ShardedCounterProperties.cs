using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class ShardedCounterProperties
{
    private static readonly Caller Administrator = Caller.Of("ops", Caller.Administrator);

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (10, Gen.Constant(Kind.Add)), (2, Gen.Constant(Kind.Resize)), (2, Gen.Constant(Kind.Flush)), (2, Gen.Constant(Kind.Reset)),
            (4, Gen.Constant(Kind.Deliver)), (2, Gen.Constant(Kind.Drain)), (3, Gen.Constant(Kind.Wait)), (1, Gen.Constant(Kind.Hibernate)))
        from which in Gen.Choose(0, 5)
        from amount in Gen.Choose(-3, 10)
        select new Step(kind, which, amount);

    private static readonly Gen<Step> StepsOfReturns =
        from kind in Gen.Frequency((1, Gen.Constant(Kind.Return)), (1, Gen.Constant(Kind.Delete)))
        from which in Gen.Choose(0, 20)
        select new Step(kind, which, 0);

    [Fact]
    public void Nothing_is_lost_or_counted_twice_whenever_its_signals_come() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), LosesNothing).Check(Repeatable.Config.WithMaxTest(60));

    [Fact]
    public void No_count_is_lost_by_a_counter_that_is_returned_to_its_past_or_deleted() =>
        Prop.ForAll(
            Gen.Frequency((9, Steps), (1, StepsOfReturns)).ListOf().ToArbitrary(),
            // All shards have heard of their counter: what one counts before that counts in the first epoch that it hears of.
            steps => LosesNothing([new Step(Kind.Resize, Which: 5, 0), new Step(Kind.Reset, 0, 0), .. steps]))
            .Check(Repeatable.Config.WithMaxTest(60));

    private static async Task LosesNothing(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(ShardedCounter), typeof(CounterShard));
        host.DeliversAutomatically = false;
        IShardedCounter counter = host.Objects.Get<IShardedCounter>("c");
        await counter.Resize(3);
        long added = 0;
        long sumOfEnded = 0;
        bool hasForgotten = false;
        ObjectAddress address = host.Address<IShardedCounter>("c");
        ObjectRecovery recovery = new(host);
        List<string> bookmarks = [];
        foreach (Step step in steps)
        {
            bookmarks.Add((await recovery.ListAsync(address, Administrator, CancellationToken.None)).Current);
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
                    if (hasForgotten)
                    {
                        await host.AdvanceAsync(ShardedCounter.RoundPatience);
                        await counter.Flush();
                    }
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
                case Kind.Return:
                    await recovery.RestoreAsync(
                        address, bookmarks[Math.Max(0, bookmarks.Count - 1 - step.Which)], Administrator, CancellationToken.None);
                    await counter.Resize(6);
                    hasForgotten = true;
                    break;
                case Kind.Delete:
                    (await host.RunAsync(address, new DeleteTurn { Caller = Administrator }, CancellationToken.None)).OrThrow();
                    await counter.Resize(6);
                    hasForgotten = true;
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
        await host.AdvanceAsync(hasForgotten ? ShardedCounter.RoundPatience : TimeSpan.Zero);
        long asked = await counter.Flush();
        await SettleAsync(host);
        ShardedCounterTotal total = await counter.Total();
        Assert.Equal(added, sumOfEnded + total.Total);
        Assert.InRange(total.Round, asked, hasForgotten ? long.MaxValue : asked);
    }

    private static async Task SettleAsync(TestHost host)
    {
        await host.DrainAsync();
        await host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await host.DrainAsync();
        await host.DrainAsync();
    }

    private enum Kind { Add, Resize, Flush, Reset, Deliver, Drain, Wait, Hibernate, Return, Delete }

    private sealed record Step(Kind Kind, int Which, int Amount);
}
