using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class DocumentHistoryTests : DocumentTest
{
    [Fact]
    public async Task The_history_joins_what_one_editor_pushes_without_a_minutes_pause()
    {
        await Doc.PushUpdates(0, [Update("c1", """[[0,"hello"]]""")], "ada");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(60));
        await Doc.PushUpdates(1, [Update("c2", """[5,[0,"!"]]""")]);
        await Doc.PushUpdates(2, [Update("c1", """[[5,"bye"],1]"""), Update("c1", "[3,[1]]")], "ada");
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(60_001));
        await Doc.PushUpdates(4, [Update("c1", """[3,[0,"?"]]""")], "ada");
        await Doc.PushUpdates(5, [Update("c1", "[4]")], "somebody else");

        DateTimeOffset start = FakeClock.DefaultStart;
        DateTimeOffset end = start.AddMilliseconds(120_001);
        Assert.Equal(
            [
                new DocumentEdit(4, "c1", "somebody else", 5, 6, end, end, 0, 0),
                new DocumentEdit(3, "c1", "ada", 4, 5, end, end, 1, 0),
                new DocumentEdit(2, "c2", null, 1, 2, start.AddSeconds(60), start.AddSeconds(60), 1, 0),
                new DocumentEdit(1, "c1", "ada", 0, 4, start, start.AddSeconds(60), 8, 6),
            ],
            await Doc.History());
        Assert.Equal([2L], (await Doc.History(1, 3)).Select(one => one.Id));
        await Expect.InvalidArgument(() => Doc.History(0), "'limit'");
        await Expect.InvalidArgument(() => Doc.History(1_001), "'limit'");
        await Expect.InvalidArgument(() => Doc.PushUpdates(6, [], ""), "'author'");
        await Expect.InvalidArgument(() => Doc.PushUpdates(6, [], new string('a', 129)), "'author'", "129", "128");
    }

    [Fact]
    public async Task An_entry_of_the_history_spans_ten_minutes_at_most()
    {
        for (int i = 0; i < 22; i++)
        {
            await PushAsync(i, $"""[{i},[0,"x"]]""");
            await Host.AdvanceAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal([20L, 0], (await Doc.History()).Select(one => one.FromVersion));
    }

    [Fact]
    public async Task The_history_keeps_a_thousand_entries()
    {
        for (int i = 0; i < 1_001; i++)
        {
            await Doc.PushUpdates(i, [Update($"c{i}", "[]")]);
        }

        IReadOnlyList<DocumentEdit> history = await Doc.History(1_000);
        Assert.Equal((1_000, 1_001L, 2L), (history.Count, history[0].Id, history[^1].Id));
    }
}
