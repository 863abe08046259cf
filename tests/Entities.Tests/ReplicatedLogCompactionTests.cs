namespace DurableObjects.Entities.Tests;

/// <summary>What stands for entries that are no longer kept.</summary>
public sealed class ReplicatedLogCompactionTests : ReplicatedLogTestBase
{
    [Fact]
    public async Task What_is_compacted_is_gone_everywhere_and_its_snapshot_stands_for_it()
    {
        for (int i = 1; i <= 5; i++)
        {
            await Append($"{i}");
        }
        LogEntry third = await Log.Entry(3);

        LogSnapshot snapshot = await Log.Compact(3, Json("""{"sum": 6}"""));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((3, third.Hash, 3), (snapshot.Index, snapshot.Hash, snapshot.Replicas));
        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal("""{"sum":6}""", (await Follower(i).Snapshot()).Value!.Value.GetRawText());
            Assert.Equal((4, 5), ((await Follower(i).Status()).First, (await Follower(i).Status()).Last));
        }
        await Expect.Refusal(410, LogLimits.Compacted, () => Log.Read(3), "3");
        await Expect.Refusal(410, LogLimits.Compacted, () => Log.Entry(1));
        Assert.Equal([4, 5], (await Log.Read(4)).Entries.Select(one => one.Index));
        await AssertInStep(5);
    }

    [Fact]
    public async Task A_follower_that_is_behind_the_compacted_part_gets_the_snapshot()
    {
        await Append("1");
        await Isolate(2, true);
        for (int i = 2; i <= 20; i++)
        {
            await Append($"{i}");
        }
        await Log.Compact(15, Json("15"));
        await Isolate(2, false);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((16, 20, 20), await First_last_and_committed(2));
        Assert.Equal(15, (await Follower(2).Snapshot()).Value!.Value.GetInt32());
        await AssertInStep(20);
    }

    [Fact]
    public async Task Only_what_is_committed_can_be_compacted()
    {
        await Append("1");
        await Isolate(1, true);
        await Isolate(2, true);
        await Append("2");

        await Expect.Refusal(409, LogLimits.NotCommitted, () => Log.Compact(2), "1");
        Assert.Equal(1, (await Log.Compact(1)).Index);
        Assert.Equal(1, (await Log.Compact(1)).Index);
    }
}
