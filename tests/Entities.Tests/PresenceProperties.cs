using System.Text.Json;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class PresenceProperties
{
    private static readonly string[] Members = ["ann", "bob"];

    private static readonly Gen<Step> Steps =
        from what in Gen.Frequency(
            (3, Gen.Constant("connect")), (5, Gen.Constant("beat")), (3, Gen.Constant("close")), (1, Gen.Constant("leave")),
            (2, Gen.Constant("http")), (1, Gen.Constant("expel")), (1, Gen.Constant("hibernate")))
        from member in Gen.Elements(Members)
        from which in Gen.Choose(0, 9)
        from seconds in Gen.Choose(1, 8)
        from grace in Gen.Elements(0, 0, 3)
        from pause in Gen.Frequency((3, Gen.Constant(0)), (5, Gen.Choose(1, 4_000)), (2, Gen.Elements(1_000, 3_000, 8_000, 16_000)))
        select new Step(what, member, which, seconds, grace, pause);

    [Fact]
    public void Who_is_here_is_what_all_signs_of_life_say_and_who_hears_everything_knows_it() =>
        Prop.ForAll(Steps.ListOf().ToArbitrary(), IsAsTheReference).Check(Repeatable.Config);

    private static async Task IsAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(Presence));
        ObjectAddress address = host.Address<IPresence>("lobby");
        IPresence room = host.Objects.Get<IPresence>("lobby");
        TestSocket observer = await host.ConnectAsync(
            address, new Dictionary<string, string> { ["member"] = "observer", ["beatSeconds"] = "3600" });
        Dictionary<string, Reference> expected = Members.ToDictionary(one => one, _ => new Reference());
        foreach (Step step in steps)
        {
            Reference reference = expected[step.Member];
            long now = host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            Device? device = reference.Devices.Count > 0 ? reference.Devices[step.Which % reference.Devices.Count] : null;
            switch (step.What)
            {
                case "connect" when reference.Devices.Count < Presence.MaxDevices:
                    TestSocket socket = await host.ConnectAsync(address, new Dictionary<string, string>
                    {
                        ["member"] = step.Member,
                        ["beatSeconds"] = $"{step.Seconds}",
                        ["graceSeconds"] = $"{step.Grace}",
                    });
                    reference.Devices.Add(new Device(socket, step.Seconds * 1_000, step.Grace * 1_000) { HeardAt = now });
                    break;
                case "beat" when device is not null:
                    await device.Socket.SendAsync("beat");
                    device.HeardAt = now;
                    break;
                case "close" when device is not null:
                    await device.Socket.CloseAsync();
                    reference.Devices.Remove(device);
                    reference.GraceUntil = now + device.Grace;
                    break;
                case "leave" when device is not null:
                    await device.Socket.SendAsync("leave");
                    reference.Devices.Remove(device);
                    reference.GraceUntil = now;
                    break;
                case "http":
                    await room.Beat(step.Member, step.Seconds);
                    reference.BeatUntil = now + step.Seconds * 1_000;
                    break;
                case "expel":
                    Assert.Equal(reference.StateAt(now) != PresenceState.Gone, await room.Leave(step.Member));
                    reference.Clear();
                    break;
                case "hibernate":
                    await host.HibernateAllAsync(rebuild: true);
                    break;
            }
            CheckMembers(expected, now);
            await host.AdvanceAsync(TimeSpan.FromMilliseconds(step.Pause));
            now += step.Pause;
            CheckMembers(expected, now);
            Dictionary<string, PresenceState> here = (await room.List()).ToDictionary(one => one.Member, one => one.State);
            Assert.Equal(PresenceState.Here, here["observer"]);
            Assert.All(Members, one => Assert.Equal(expected[one].StateAt(now), here.GetValueOrDefault(one)));
            Assert.Equal(here, Heard(observer));
        }
    }

    /// <summary>Who is gone has no open sockets left.</summary>
    private static void CheckMembers(Dictionary<string, Reference> expected, long now)
    {
        foreach (Reference reference in expected.Values.Where(one => one.StateAt(now) == PresenceState.Gone))
        {
            Assert.All(reference.Devices, device => Assert.NotNull(device.Socket.Closed));
            reference.Clear();
        }
    }

    /// <summary>Who is here by what one that was there from the beginning has heard.</summary>
    private static Dictionary<string, PresenceState> Heard(TestSocket socket)
    {
        Dictionary<string, PresenceState> here = [];
        foreach (SocketReceipt receipt in socket.Received)
        {
            JsonElement value = JsonSerializer.Deserialize<JsonElement>(receipt.Arguments)[0];
            switch (receipt.Target)
            {
                case "members":
                    here = value.EnumerateArray().ToDictionary(Member, State);
                    break;
                case "joined":
                    Assert.True(here.TryAdd(Member(value), State(value)));
                    break;
                case "changed":
                    Assert.NotEqual(State(value), here[Member(value)]);
                    here[Member(value)] = State(value);
                    break;
                case "left":
                    Assert.True(here.Remove(Member(value)));
                    break;
            }
        }
        return here;
    }

    private static string Member(JsonElement value) => value.GetProperty("member").GetString()!;

    private static PresenceState State(JsonElement value) =>
        Enum.Parse<PresenceState>(value.GetProperty("state").GetString()!, ignoreCase: true);

    private sealed record Step(string What, string Member, int Which, int Seconds, int Grace, int Pause);

    private sealed record Device(TestSocket Socket, long Beat, long Grace)
    {
        public long HeardAt { get; set; }
    }

    private sealed class Reference
    {
        public List<Device> Devices { get; } = [];

        public long BeatUntil { get; set; }

        public long GraceUntil { get; set; }

        public PresenceState StateAt(long now) =>
            now < BeatUntil || now < GraceUntil || Devices.Any(one => now < one.HeardAt + one.Beat) ? PresenceState.Here
            : Devices.Any(one => now < one.HeardAt + 2 * one.Beat) ? PresenceState.Away
            : PresenceState.Gone;

        public void Clear()
        {
            Devices.Clear();
            (BeatUntil, GraceUntil) = (0, 0);
        }
    }
}
