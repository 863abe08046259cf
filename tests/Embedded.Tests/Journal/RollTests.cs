using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;

namespace DurableObjects.Embedded.Tests.Journal;

public class RollTests
{
    [Fact]
    public async Task A_full_file_is_cut_to_its_length_before_the_next_one_is_created()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open(JournalFixture.Small);
        await journal.AppendAlone(JournalFixture.Record(1_400, 1));
        await journal.AppendAlone(JournalFixture.Record(1_400, 2));
        folder.Operations.Clear();
        await journal.AppendAlone(JournalFixture.Record(1_400, 3));

        var next = JournalSegment.NameOf(3_072);
        Assert.Equal(
            [
                "length " + JournalFixture.FirstFile, "flush " + JournalFixture.FirstFile,
                "create " + next, "folder /memory",
                "write " + next, "write " + next, "flush " + next,
            ],
            folder.Operations);
        Assert.Equal(3_072, folder.Get(JournalFixture.FirstFile).Length);
    }

    [Fact]
    public async Task Rolling_is_told_when_everything_before_is_acknowledged_and_the_listener_may_append()
    {
        var folder = new MemoryFolder();
        var rolled = new List<(long Position, int Acknowledged)>();
        var acknowledged = 0;
        var snapshot = new TestRecord([77]);
        long end;
        using (var journal = folder.Open(JournalFixture.Small))
        {
            journal.Rolled += position =>
            {
                rolled.Add((position, acknowledged));
                if (rolled.Count == 1)
                    journal.Append(snapshot);
            };
            for (var i = 0; i < 5; i++)
                await journal.AppendAlone(new TestRecord(new byte[1_400]) { Ended = _ => acknowledged++ });
            await snapshot.Durable;
            end = journal.DurablePosition;
        }

        Assert.Equal((3_072, 2), rolled[0]);
        Assert.InRange(snapshot.Position, 3_072, end);
        Assert.Contains(folder.Replay(3_072), r => r.Position == snapshot.Position);
    }

    [Fact]
    public async Task An_exception_of_the_listener_does_not_stop_the_journal()
    {
        using var journal = new MemoryFolder().Open(JournalFixture.Small);
        journal.Rolled += _ => throw new InvalidOperationException();

        for (var i = 0; i < 5; i++)
            Assert.True((await journal.AppendAlone(JournalFixture.Record(1_400, i))).IsDurable);
    }

    [Fact]
    public async Task A_batch_larger_than_a_file_gets_one_of_its_own()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open(JournalFixture.Small))
        {
            await journal.AppendAlone(JournalFixture.Record(10, 1));
            await journal.AppendAlone(JournalFixture.Record(9_000, 2));
            await journal.AppendAlone(JournalFixture.Record(10, 3));
        }

        Assert.Equal([512, 9_216, 512], folder.List().Order().Select(name => folder.Get(name).Length));
        Assert.Equal(3, folder.Replay().Count);
    }

    [Fact]
    public async Task Only_files_wholly_before_a_position_are_deleted_and_the_oldest_first()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open(JournalFixture.Small);
        var records = new List<TestRecord>();
        for (var i = 0; i < 10; i++)
            records.Add(await journal.AppendAlone(JournalFixture.Record(1_900, i)));
        folder.Operations.Clear();

        journal.DeleteBefore(4_095);
        Assert.Empty(folder.Operations);
        journal.DeleteBefore(3 * 4_096 - 1);

        Assert.Equal(
            ["delete " + JournalFixture.FirstFile, "folder /memory", "delete " + JournalSegment.NameOf(4_096), "folder /memory"],
            folder.Operations);
        Assert.Equal(8_192, journal.OldestPosition);
        Assert.Equal(journal.DurablePosition - 8_192, journal.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Read(records[0].Position));
        Assert.Equal(records[5].Payload, journal.Read(records[5].Position));
        journal.Dispose();
        Assert.Throws<JournalCorruptException>(() => folder.Replay());
        Assert.Equal(records[4..].Select(r => r.Payload), folder.Replay(8_192).Select(r => r.Payload));
        Assert.Equal(records[4..].Select(r => r.Payload), folder.Replay(RecordJournal.FromOldest).Select(r => r.Payload));
    }

    [Fact]
    public async Task The_file_of_the_last_batch_stays_even_if_a_crash_left_an_empty_one_behind_it()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open(JournalFixture.Small))
        {
            for (var i = 0; i < 4; i++)
                await journal.AppendAlone(JournalFixture.Record(1_900, i));
        }
        folder.Put(JournalSegment.NameOf(8_192), []);

        using (var journal = folder.Open(JournalFixture.Small, 8_192))
        {
            journal.DeleteBefore(long.MaxValue);
            Assert.Equal([JournalSegment.NameOf(4_096), JournalSegment.NameOf(8_192)], folder.List().Order());
        }
        using (var journal = folder.Open(JournalFixture.Small, 8_192))
        {
            await journal.AppendAlone(JournalFixture.Record("next"));
            journal.DeleteBefore(long.MaxValue);
        }

        Assert.Equal([JournalSegment.NameOf(8_192)], folder.List());
        Assert.Single(folder.Replay(8_192));
    }
}
