using System.Text.Json;
using DurableObjects.Entities.Polar;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class SubscriptionsProperties
{
    private static readonly string[] SubscriptionStatuses =
    [
        PolarSubscriptionStatus.Incomplete, PolarSubscriptionStatus.Trialing, PolarSubscriptionStatus.Active,
        PolarSubscriptionStatus.PastDue, PolarSubscriptionStatus.Paused, PolarSubscriptionStatus.Canceled,
        PolarSubscriptionStatus.Unpaid,
    ];

    private static readonly string[] OrderStatuses =
    [
        PolarOrderStatus.Pending, PolarOrderStatus.Paid, PolarOrderStatus.PartiallyRefunded, PolarOrderStatus.Refunded,
    ];

    /// <summary>What happens next: to which of a few things, how long after, and how many events tell of it.</summary>
    private static readonly Gen<Happening> Happenings =
        from thing in Gen.Choose(0, 3)
        from status in Gen.Choose(0, 6)
        from pause in Gen.Frequency((4, Gen.Choose(1, 1_000)), (1, Gen.Constant(0)))
        from events in Gen.Choose(1, 3)
        from isTold in Gen.Frequency((9, Gen.Constant(true)), (1, Gen.Constant(false)))
        select new Happening(thing, status, pause, events, isTold);

    private static readonly Gen<Deliveries> Cases =
        from happenings in Gen.ListOf(Happenings)
        let events = Tell([.. happenings])
        from repeated in Gen.ListOf(Gen.Choose(0, Math.Max(0, events.Count - 1)))
        let deliveries = events.Concat(repeated.Where(_ => events.Count > 0).Select(i => events[i]))
        from shuffled in Gen.Shuffle(deliveries)
        select new Deliveries(events, [.. shuffled]);

    [Fact]
    public void Events_in_any_order_any_number_of_times_end_where_they_end_in_order() =>
        Prop.ForAll(Cases.ToArbitrary(), EndsTheSame).Check(Repeatable.Config);

    private static async Task EndsTheSame(Deliveries deliveries)
    {
        await using TestHost host = TestHost.Of(typeof(Subscriptions));
        foreach (PolarEvent<JsonElement> one in deliveries.InOrder)
        {
            await host.Objects.Get<ISubscriptions>("in order").Apply(IdOf(one), one);
        }
        foreach (PolarEvent<JsonElement> one in deliveries.AsDelivered)
        {
            await host.Objects.Get<ISubscriptions>("as delivered").Apply(IdOf(one), one);
        }
        await host.HibernateAllAsync(rebuild: true);

        Assert.Equal(await StateAsync(host, "in order"), await StateAsync(host, "as delivered"));
        foreach (IGrouping<string, PolarEvent<JsonElement>> about in deliveries.InOrder
            .GroupBy(one => one.Data.GetProperty("id").GetString()!))
        {
            // Times rise from one event to the next here unless they are equal, so what was told last is what holds.
            bool isClear = about.Select(one => one.Timestamp).Distinct().Count() == about.Count();
            if (isClear && about.Key.StartsWith('s'))
            {
                PolarSubscription known = (await host.Objects.Get<ISubscriptions>("as delivered").Get(about.Key))!;
                Assert.Equal(about.Last().Data.GetProperty("status").GetString(), known.Status);
            }
        }
    }

    private static async Task<string> StateAsync(TestHost host, string customer)
    {
        ISubscriptions one = host.Objects.Get<ISubscriptions>(customer);
        object[] state =
        [
            await one.List(), await one.Orders(), await one.IsActive(), await one.IsActive("p0"), await one.IsActive("p1"),
            await one.History("s0"), await one.History("s1"), await one.History("o2"), await one.History("o3"),
        ];
        return JsonSerializer.Serialize(state, ObjectJson.Options);
    }

    private static string IdOf(PolarEvent<JsonElement> one) => one.Data.GetProperty("metadata").GetProperty("event").GetString()!;

    /// <summary>
    /// The events of what happened. A thing's change has a time that is not before the last, and so have the events that tell of it.
    /// </summary>
    private static List<PolarEvent<JsonElement>> Tell(IReadOnlyList<Happening> happenings)
    {
        List<PolarEvent<JsonElement>> events = [];
        DateTimeOffset now = FakeClock.DefaultStart;
        foreach (Happening happening in happenings)
        {
            now += TimeSpan.FromMilliseconds(happening.Pause);
            DateTimeOffset changed = now;
            for (int i = 0; i < happening.Events; i++)
            {
                now += TimeSpan.FromMilliseconds(happening.Pause);
                events.Add(Event(happening, happening.IsTold ? changed : null, now, $"evt-{events.Count}"));
            }
        }
        return events;
    }

    private static PolarEvent<JsonElement> Event(Happening happening, DateTimeOffset? changed, DateTimeOffset now, string id)
    {
        Dictionary<string, JsonElement> metadata = new() { ["event"] = JsonSerializer.SerializeToElement(id) };
        bool isSubscription = happening.Thing < 2;
        object data = isSubscription
            ? new PolarSubscription(
                $"s{happening.Thing}", ModifiedAt: changed, Status: SubscriptionStatuses[happening.Status],
                ProductId: $"p{happening.Thing}", Metadata: metadata)
            : new PolarOrder(
                $"o{happening.Thing}", ModifiedAt: changed, Status: OrderStatuses[happening.Status % OrderStatuses.Length],
                Metadata: metadata);
        return new PolarEvent<JsonElement>(
            isSubscription ? PolarEventTypes.SubscriptionUpdated : PolarEventTypes.OrderUpdated, now,
            JsonSerializer.SerializeToElement(data, PolarJson.Options));
    }

    private sealed record Happening(int Thing, int Status, int Pause, int Events, bool IsTold);

    private sealed record Deliveries(List<PolarEvent<JsonElement>> InOrder, List<PolarEvent<JsonElement>> AsDelivered);
}
