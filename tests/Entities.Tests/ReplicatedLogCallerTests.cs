using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

/// <summary>What callers get, and what nobody may say but leader and followers.</summary>
public sealed class ReplicatedLogCallerTests : ReplicatedLogTestBase
{
    [Fact]
    public async Task Entries_are_numbered_from_one_and_read_back_as_they_were_given()
    {
        await Log.Append(Json("""{"x": [1, "ü", null]}"""), "first");
        Host.Clock.Advance(TimeSpan.FromMilliseconds(5));
        await Log.Append(Json("null"));

        LogPage page = await Log.Read();

        Assert.Equal((2, 2, null), (page.Committed, page.Last, page.Next));
        Assert.Equal([1, 2], page.Entries.Select(one => one.Index));
        Assert.Equal("""{"x":[1,"ü",null]}""", page.Entries[0].Data!.Value.GetRawText());
        Assert.Equal(JsonValueKind.Null, page.Entries[1].Data?.ValueKind ?? JsonValueKind.Null);
        Assert.Equal(FakeClock.DefaultStart.AddMilliseconds(5), page.Entries[1].At);
        Assert.Equal(32, page.Entries[1].Id.Length);
        LogEntry first = await Log.Entry(1);
        Assert.Equal(("first", LogEntryState.Committed, page.Entries[0].Hash), (first.Id, first.State, first.Hash));
    }

    [Fact]
    public async Task A_repeated_id_is_appended_once_and_with_other_data_refused()
    {
        await Append("a");
        Assert.Equal(1, (await Append("a")).Index);

        await Expect.Refusal(409, LogLimits.EntryIdReused, () => Log.Append(Json("2"), "a"), "'a'", "entry 1");
        Assert.Equal(1, (await Log.Status()).Last);
    }

    [Fact]
    public async Task Who_listens_hears_what_is_committed()
    {
        TestSocket socket = await Host.ConnectAsync(Leader);
        await Append("a");
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("b");
        await Append("c");
        await Isolate(1, false);

        Assert.Equal("status", socket.Received[0].Target);
        Assert.Equal(
            [new SocketReceipt("committed", """[{"from":1,"to":1}]"""), new SocketReceipt("committed", """[{"from":2,"to":3}]""")],
            socket.Received.Skip(1));
    }

    [Fact]
    public async Task What_leader_and_followers_tell_each_other_nobody_else_can_say()
    {
        await Append("a");
        LogBatch batch = new(1, 1, null, 0, new string('0', 64), [], 0, 0);
        LogReply reply = new(1, 1, 1, LogVerdict.Stored, 1, "", 1, 0);
        IReplicatedLog forger = Host.Objects.Get<IReplicatedLog>("seeds", Administrator);
        ILogFollower victim = Host.Objects.Get<ILogFollower>("seeds:1", Administrator);

        await Forbidden(() => forger.Acknowledge(reply));
        await Forbidden(() => forger.Acknowledge(reply with { Replica = 99 }));
        await Forbidden(() => forger.Report(new LogReport(1, 9, true, 9, "", 3, [], false)));
        await Forbidden(() => forger.GiveBack(1, batch));
        await Forbidden(() => victim.Replicate(batch));
        await Forbidden(() => victim.Inspect(9, "x"));
        await Forbidden(() => victim.SendBack(1, 0, 9));
        await Forbidden(() => victim.Dismiss(null));
        await Forbidden(() => Follower(1).Isolate(true));
        await AssertInStep(1, known: false);

        static Task Forbidden(Func<Task> call) => Expect.Refusal(403, ErrorCodes.Forbidden, call);
    }

    [Fact]
    public async Task A_destroyed_log_leaves_nothing()
    {
        await Append("a");
        await Expect.Refusal(403, ErrorCodes.Forbidden, Log.Destroy);
        await Host.Objects.Get<IReplicatedLog>("seeds", Administrator).Destroy();
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.All([Leader, Address(1), Address(2), Address(3)], one => Assert.False(Host.SummaryOf(one).Exists));
        Assert.Equal(1, (await Append("a")).Index);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertInStep(1);
    }

    [Fact]
    public async Task A_log_without_a_name_has_followers_too()
    {
        ObjectAddress address = Host.Objects.NewAddress<IReplicatedLog>();
        IReplicatedLog log = Host.Objects.Get<IReplicatedLog>(address);
        await log.Append(Json("1"));

        Assert.Equal(1, (await log.Status()).Committed);
        Assert.Equal(1, (await Host.Objects.Get<ILogFollower>($"{address.Key}:1").Status()).Last);
    }
}
