using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;

namespace DurableObjects.Embedded.Tests.Journal;

public class FaultTests
{
    [Theory]
    [InlineData("write")]
    [InlineData("flush")]
    public async Task After_an_error_of_the_disk_nothing_is_acknowledged_until_the_journal_has_recovered(string operation)
    {
        var folder = new MemoryFolder();
        var journal = folder.Open();
        await journal.AppendAlone(JournalFixture.Record("durable"));
        var durable = journal.DurablePosition;
        var failed = new List<int>();
        var records = Enumerable.Range(0, 10)
            .Select(i => new TestRecord([(byte)i]) { Ended = _ => failed.Add(i) }).ToList();
        folder.Before = current => Refuse(current == operation);

        await journal.AppendTogether(records);
        var error = await Assert.ThrowsAsync<JournalFaultedException>(() => records[^1].Durable);

        Assert.Equal("The disk is on strike.", Assert.IsType<IOException>(error.InnerException).Message);
        Assert.Equal(Enumerable.Range(0, 10), failed);
        Assert.All(records, record => Assert.False(record.IsDurable));
        Assert.Throws<JournalFaultedException>(() => journal.Append(JournalFixture.Record("later")));
        Assert.Equal(durable, journal.DurablePosition);
        Assert.Equal(0, journal.Metrics.QueuedBytes);
        folder.Before = null;
        journal.Dispose();

        using var again = folder.Open();
        Assert.True((await again.AppendAlone(JournalFixture.Record("after"))).IsDurable);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("create")]
    [InlineData("folder")]
    public async Task An_error_while_rolling_faults_the_journal_and_loses_nothing(string operation)
    {
        var folder = new MemoryFolder();
        var journal = folder.Open(JournalFixture.Small);
        var records = new List<TestRecord>();
        for (var i = 0; i < 2; i++)
            records.Add(await journal.AppendAlone(JournalFixture.Record(1_300, i)));
        folder.Before = current => Refuse(current == operation);
        var record = JournalFixture.Record(1_500, 2);
        journal.Append(record);

        await Assert.ThrowsAsync<JournalFaultedException>(() => record.Durable);
        folder.Before = null;
        journal.Dispose();

        Assert.Equal(records.Select(r => r.Payload), folder.Replay().Select(r => r.Payload));
        using (var again = folder.Open(JournalFixture.Small))
            await again.AppendAlone(record = JournalFixture.Record(1_500, 2));
        Assert.Equal(record.Payload, folder.Replay()[^1].Payload);
    }

    [Fact]
    public async Task A_record_that_cannot_write_itself_faults_the_journal_since_others_may_depend_on_it()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open();
        var bad = new TestRecord([1]) { Writing = () => throw new InvalidOperationException("A bug.") };
        var next = new TestRecord([2]);

        await journal.AppendTogether([bad, next]);

        await Assert.ThrowsAsync<JournalFaultedException>(() => bad.Durable);
        await Assert.ThrowsAsync<JournalFaultedException>(() => next.Durable);
        Assert.Single(folder.Copy().Replay());
    }

    [Fact]
    public async Task Disposal_from_a_callback_is_refused_instead_of_waiting_for_itself()
    {
        using var journal = new MemoryFolder().Open();
        var error = new TaskCompletionSource<Exception?>();
        journal.Append(new TestRecord([1]) { Ended = _ => error.SetResult(Record.Exception(journal.Dispose)) });

        Assert.IsType<InvalidOperationException>(await error.Task);
    }

    private static void Refuse(bool when)
    {
        if (when)
            throw new IOException("The disk is on strike.");
    }
}
