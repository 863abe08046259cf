using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class RateLimiterProperties
{
    private const long Limit = 10;
    private const decimal WindowSeconds = 0.1m;
    private const int WindowMilliseconds = 100;

    private static readonly Gen<Step> Steps =
        from pause in Gen.Frequency(
            (2, Gen.Constant(0)), (5, Gen.Choose(1, 40)), (2, Gen.Choose(95, 105)), (1, Gen.Choose(150, 400)))
        from cost in Gen.Choose(1, (int)Limit)
        from hibernate in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(pause, cost, hibernate);

    [Fact]
    public void It_decides_as_a_list_of_all_that_was_ever_admitted_would() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), DecidesAsTheReference).Check(Repeatable.Config);

    private static async Task DecidesAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(RateLimiter));
        IRateLimiter limiter = host.Objects.Get<IRateLimiter>("api");
        List<(long At, long Cost)> admitted = [];
        foreach (Step step in steps)
        {
            await host.AdvanceAsync(TimeSpan.FromMilliseconds(step.Pause));
            if (step.Hibernate)
            {
                await host.HibernateAllAsync(rebuild: true);
            }
            long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            RateLimitResult expected = Reference(admitted, now, step.Cost);

            Assert.Equal(expected, await limiter.Check(Limit, WindowSeconds, step.Cost));
        }
    }

    private static RateLimitResult Reference(List<(long At, long Cost)> admitted, long now, long cost)
    {
        long Used(long time) => admitted.Where(one => one.At <= time && time < one.At + WindowMilliseconds).Sum(one => one.Cost);
        bool allowed = Used(now) + cost <= Limit;
        long passes = now;
        if (allowed)
        {
            admitted.Add((now, cost));
        }
        else
        {
            while (Used(passes) + cost > Limit)
            {
                passes++;
            }
        }
        return new RateLimitResult(
            allowed, Limit, Limit - Used(now),
            DateTimeOffset.FromUnixTimeMilliseconds(admitted.Max(one => one.At) + WindowMilliseconds),
            (long)Math.Ceiling((passes - now) / 1_000.0));
    }

    private sealed record Step(int Pause, int Cost, bool Hibernate);
}
