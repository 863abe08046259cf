using DurableObjects.Archive;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests.Journal;

public class RoundTripTests
{
    [Fact]
    public async Task Records_come_back_in_order_with_their_positions()
    {
        var folder = new MemoryFolder();
        var records = Enumerable.Range(0, 50).Select(i => JournalFixture.Record(i * 37, i)).ToList();
        using (var journal = folder.Open())
        {
            await journal.AppendTogether(records[..20]);
            foreach (var record in records[20..])
                await journal.AppendAlone(record);
        }

        var replayed = folder.Replay();

        Assert.Equal(records.Select(r => r.Position), replayed[1..].Select(r => r.Position));
        Assert.Equal(records.Select(r => r.Payload), replayed[1..].Select(r => r.Payload));
    }

    [Fact]
    public async Task A_journal_can_be_opened_and_continued_many_times()
    {
        var folder = new MemoryFolder();
        for (var i = 0; i < 30; i++)
        {
            var replayed = new List<(long Position, byte[] Payload)>();
            using var journal = folder.Open(JournalFixture.Small, replayed: replayed);
            Assert.Equal(Enumerable.Range(0, i), replayed.Select(r => BitConverter.ToInt32(r.Payload)));
            await journal.AppendAlone(new TestRecord([.. BitConverter.GetBytes(i), .. new byte[400]]));
        }
    }

    [Fact]
    public async Task Any_durable_record_can_be_read_by_its_position()
    {
        var folder = new MemoryFolder();
        var records = Enumerable.Range(0, 40).Select(i => JournalFixture.Record(i * 61, i)).ToList();
        using var journal = folder.Open(JournalFixture.Small);
        await journal.AppendTogether(records);
        await records[^1].Durable;

        Assert.All(records, record => Assert.Equal(record.Payload, journal.Read(record.Position)));
        journal.Dispose();
        using var again = folder.Open(JournalFixture.Small);
        Assert.All(records, record => Assert.Equal(record.Payload, again.Read(record.Position)));
    }

    [Fact]
    public async Task Reading_where_no_record_is_is_refused()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open();
        var record = await journal.AppendAlone(new TestRecord(new byte[3_000]));

        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Read(journal.DurablePosition));
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Read(-1));
        for (long position = 0; position < journal.DurablePosition; position++)
        {
            if (position != record.Position)
                Assert.Throws<JournalCorruptException>(() => journal.Read(position));
        }
    }

    [Fact]
    public async Task Reading_a_damaged_record_is_refused()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open();
        var record = await journal.AppendAlone(JournalFixture.Record(5_000, 1));
        folder.Get(JournalFixture.FirstFile)[record.Position + 4_000] ^= 1;

        var error = Assert.Throws<JournalCorruptException>(() => journal.Read(record.Position));

        Assert.Equal(record.Position, error.Offset);
        Assert.Contains(JournalFixture.FirstFile, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_begins_at_every_batch_asked_for()
    {
        var folder = new MemoryFolder();
        var starts = new List<long>();
        using (var journal = folder.Open(JournalFixture.Small))
        {
            for (var i = 0; i < 30; i++)
            {
                starts.Add(journal.DurablePosition);
                await journal.AppendAlone(new TestRecord([(byte)i, .. new byte[500]]));
            }
            starts.Add(journal.DurablePosition);
        }

        for (var i = 0; i < starts.Count; i++)
            Assert.Equal(Enumerable.Range(i, 30 - i), folder.Replay(starts[i]).Select(r => (int)r.Payload[0]));
        Assert.Throws<ArgumentException>(() => folder.Replay(starts[3] + 512));
        Assert.Throws<ArgumentOutOfRangeException>(() => folder.Replay(-2));
    }

    [Fact]
    public void An_exception_of_the_replay_ends_the_opening()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
            journal.Append(JournalFixture.Record("one"));

        Assert.Throws<InvalidOperationException>(() => RecordJournal.Open(
            folder, new JournalOptions(), 0, _ => throw new InvalidOperationException(), TimeProvider.System, NullLogger.Instance));
    }

    [Fact]
    public async Task It_works_on_a_disk()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "journal");
        try
        {
            var records = Enumerable.Range(0, 200).Select(i => JournalFixture.Record(i, i)).ToList();
            using (var journal = RecordJournal.Open(path, JournalFixture.Small, 0, _ => { }, TimeProvider.System, NullLogger.Instance))
            {
                foreach (var record in records)
                    journal.Append(record);
                await records[^1].Durable;
                journal.DeleteBefore(records[100].Position);
                Assert.Equal(records[150].Payload, journal.Read(records[150].Position));
            }
            var files = Directory.GetFiles(path).Order().ToList();
            var first = Convert.ToInt64(Path.GetFileNameWithoutExtension(files[0]), 16);
            Assert.InRange(first, 1, records[100].Position);

            var positions = new List<long>();
            RecordJournal.Open(
                path, JournalFixture.Small, RecordJournal.FromOldest, entry => positions.Add(entry.Position), TimeProvider.System,
                NullLogger.Instance)
                .Dispose();

            Assert.Equal(records.Select(r => r.Position).Where(p => p >= first), positions);
            Assert.All(files, file => Assert.Equal(0, new FileInfo(file).Length % 512));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Fact]
    public void The_checksum_is_the_standard_one()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0xE3069283u, Crc32C.Compute("56789"u8, Crc32C.Compute("1234"u8)));
        Assert.Equal(
            Crc32C.Compute([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
            Crc32C.Compute(1L, 2));
    }
}
