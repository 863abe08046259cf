using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class NotificationHubProperties
{
    private static readonly Gen<string> Names =
        from levels in Gen.Elements("", "a", "b", "$a").NonEmptyListOf()
        let name = string.Join('/', levels.Take(4))
        where name.Length > 0
        select name;

    private static readonly Gen<string> Filters =
        from levels in Gen.Elements("", "a", "b", "$a", "+", "+").NonEmptyListOf()
        from rest in Gen.Elements("", "", "/#")
        let filter = string.Join('/', levels.Take(4)) + rest
        where filter.Length > 0
        select filter;

    private static readonly Gen<double> Latitudes = Gen.Elements(-90, -10.1, 0, 10.1, 10.2, 90);

    private static readonly Gen<double> Longitudes = Gen.Elements(-180, -179.9, -10.1, 0, 10.1, 179.9, 180);

    private static readonly Gen<GeoBox> Boxes =
        from one in Latitudes
        from two in Latitudes
        from west in Longitudes
        from east in Longitudes
        select new GeoBox(Math.Min(one, two), west, Math.Max(one, two), east);

    private static readonly Gen<Step> Steps = Gen.OneOf(
        from subscriber in Gen.Elements("ada", "bob", "cid")
        from topic in Filters
        from area in Boxes
        from shape in Gen.Choose(0, 2)
        from removes in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(subscriber, shape == 0 ? null : topic, shape == 1 ? null : area, null, removes),
        from topic in Names
        from latitude in Latitudes
        from longitude in Longitudes
        from isSomewhere in Gen.Elements(true, true, false)
        select new Step(null, topic, null, isSomewhere ? new GeoPosition(latitude, longitude) : null, false));

    [Fact]
    public void A_post_reaches_those_whom_a_look_at_every_watch_would_find() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), ReachesAsTheReference).Check(Repeatable.Config.WithMaxTest(60));

    private static async Task ReachesAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(NotificationHub));
        INotificationHub hub = host.Objects.Get<INotificationHub>("forest");
        Dictionary<string, int> kept = new() { ["ada"] = 0, ["bob"] = 0, ["cid"] = 0 };
        HashSet<(string Subscriber, string? Topic, GeoBox? Area)> watches = [];
        foreach (Step step in steps)
        {
            if (step.Subscriber is not { } subscriber)
            {
                host.Clock.Advance(TimeSpan.FromMilliseconds(100));
                string[] reached =
                [
                    .. watches.Where(one => Matches(one.Topic, step.Topic!) && Contains(one.Area, step.Position))
                        .Select(one => one.Subscriber).Distinct(),
                ];
                Assert.Equal(reached.Length, (await hub.Post(step.Topic!, position: step.Position)).Reached);
                Array.ForEach(reached, one => kept[one]++);
            }
            else if (step.Removes)
            {
                (string, string?, GeoBox?) gone = watches.FirstOrDefault(one => one.Subscriber == subscriber);
                if (watches.Remove(gone))
                {
                    Assert.True(await hub.Unwatch(subscriber, gone.Item2, gone.Item3));
                }
            }
            else
            {
                watches.Add((subscriber, step.Topic, step.Area));
                await hub.Watch(subscriber, step.Topic, step.Area);
            }
        }
        foreach ((string subscriber, int count) in kept)
        {
            Assert.Equal(count, (await hub.Inbox(subscriber, 500)).Count);
        }
    }

    /// <summary>MQTT 5.0, 4.7, level by level.</summary>
    private static bool Matches(string? filter, string topic)
    {
        if (filter is null)
        {
            return true;
        }
        string[] wanted = filter.Split('/');
        string[] levels = topic.Split('/');
        bool isHidden = topic[0] == '$' && (wanted[0] is "+" or "#");
        return !isHidden && Rest(wanted, levels, 0);
    }

    private static bool Rest(string[] wanted, string[] levels, int at) =>
        at == wanted.Length ? at == levels.Length
        : wanted[at] == "#" || (at < levels.Length && (wanted[at] == "+" || wanted[at] == levels[at]) && Rest(wanted, levels, at + 1));

    private static bool Contains(GeoBox? area, GeoPosition? position)
    {
        bool Between(double longitude) => area!.West <= area.East
            ? longitude >= area.West && longitude <= area.East
            : longitude >= area.West || longitude <= area.East;
        return area is null || (position is not null && position.Latitude >= area.South && position.Latitude <= area.North
            && (Between(position.Longitude) || (Math.Abs(position.Longitude) == 180 && Between(-position.Longitude))));
    }

    private sealed record Step(string? Subscriber, string? Topic, GeoBox? Area, GeoPosition? Position, bool Removes);
}
