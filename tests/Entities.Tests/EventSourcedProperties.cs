using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class EventSourcedProperties
{
    private static readonly string[] Items = ["", "tea", "rum"];

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency(
            (12, Gen.Constant(StepKind.Put)), (6, Gen.Constant(StepKind.Take)), (1, Gen.Constant(StepKind.Rebuild)),
            (3, Gen.Constant(StepKind.Alarm)), (2, Gen.Constant(StepKind.Hibernate)), (1, Gen.Constant(StepKind.Deploy)))
        from item in Gen.Elements(Items)
        from count in Gen.Choose(0, 5)
        select new Step(kind, item, count);

    [Fact]
    public void States_and_projections_are_what_the_events_come_to_whatever_else_happens() =>
        Prop.ForAll(Steps.ListOf().Resize(60).ToArbitrary(), AgreesWithTheReference).Check(Repeatable.Config);

    private static async Task AgreesWithTheReference(IEnumerable<Step> steps)
    {
        TestHost host = TestHost.Of(typeof(ShelfBefore));
        try
        {
            ObjectAddress address = host.Address<IShelf>("one");
            Dictionary<string, (int Count, int Moves)> expected = [];
            bool isDeployed = false;
            foreach (Step step in steps)
            {
                IShelf shelf = host.Objects.Get<IShelf>("one", Caller.Of("eve", Caller.Administrator));
                (int count, int moves) = expected.GetValueOrDefault(step.Item);
                switch (step.Kind)
                {
                    case StepKind.Put:
                        await shelf.Put(step.Count, step.Item);
                        expected[step.Item] = (count + step.Count, moves + 1);
                        break;
                    case StepKind.Take when step.Count > count:
                        await Expect.Refusal(409, "sold-out", () => shelf.Take(step.Count, step.Item));
                        break;
                    case StepKind.Take:
                        await shelf.Take(step.Count, step.Item);
                        expected[step.Item] = (count - step.Count, moves + 1);
                        break;
                    case StepKind.Rebuild:
                        await shelf.RebuildProjections();
                        break;
                    case StepKind.Alarm when host.SummaryOf(address).WakeAt is not null:
                        await host.AdvanceToNextAsync();
                        break;
                    case StepKind.Hibernate:
                        await host.HibernateAllAsync(rebuild: true);
                        break;
                    case StepKind.Deploy when !isDeployed && expected.Count > 0:
                        TestHost after = TestHost.Of(typeof(ShelfAfter));
                        await after.AdoptAsync(address, host);
                        await host.DisposeAsync();
                        (host, isDeployed) = (after, true);
                        break;
                    default:
                        break;
                }
                Assert.Equal(expected.GetValueOrDefault(step.Item).Count, await host.Objects.Get<IShelf>("one").Count(step.Item));
            }
            await host.TickAsync();
            Assert.Equal(
                expected.OrderBy(one => one.Key, StringComparer.Ordinal)
                    .Select(one => isDeployed ? $"{one.Key} {one.Value.Count} {one.Value.Moves}" : $"{one.Key} {one.Value.Count}"),
                await host.Objects.Get<IShelf>("one").Totals());
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    private enum StepKind
    {
        Put,
        Take,
        Rebuild,
        Alarm,
        Hibernate,
        Deploy,
    }

    private sealed record Step(StepKind Kind, string Item, int Count);
}
