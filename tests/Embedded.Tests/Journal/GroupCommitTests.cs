using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;

namespace DurableObjects.Embedded.Tests.Journal;

public class GroupCommitTests
{
    [Fact]
    public async Task What_is_appended_during_an_fsync_goes_out_as_one_batch_with_one_fsync()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open();
        using var flush = Pause(folder, "flush", out var flushing);
        var first = JournalFixture.Record("first");
        journal.Append(first);
        await flushing;
        var records = Enumerable.Range(0, 100).Select(i => JournalFixture.Record(i, i)).ToList();
        foreach (var record in records)
            journal.Append(record);

        Assert.Equal(0, journal.Metrics.Records);
        flush.Open();
        await records[^1].Durable;

        Assert.Equal(2, journal.Metrics.Batches);
        Assert.Equal(2, journal.Metrics.Flushes);
        Assert.Equal(101, journal.Metrics.Records);
        Assert.Equal(0, journal.Metrics.QueuedBytes);
        Assert.Equal(journal.DurablePosition, journal.Metrics.Bytes);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_before_the_flush_and_nothing_more_is_written_during_it()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open();
        using var flush = Pause(folder, "flush", out var flushing);
        var first = JournalFixture.Record("first");
        var second = JournalFixture.Record("second");
        journal.Append(first);
        await flushing;
        journal.Append(second);
        var operations = folder.Operations.Count;

        Assert.False(first.IsDurable);
        Assert.Equal(0, journal.DurablePosition);
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.Read(first.Position));
        Assert.Equal(operations, folder.Operations.Count);
        flush.Open();
        await second.Durable;

        Assert.True(first.IsDurable);
        Assert.Equal(512, second.Position - first.Position);
    }

    [Fact]
    public async Task Acknowledgements_come_in_append_order()
    {
        var ended = new List<int>();
        using var journal = new MemoryFolder().Open(JournalFixture.Small);
        var records = Enumerable.Range(0, 500)
            .Select(i => new TestRecord(new byte[i % 90]) { Ended = _ => ended.Add(i) }).ToList();

        await journal.AppendTogether(records);
        await records[^1].Durable;

        Assert.Equal(Enumerable.Range(0, 500), ended);
        Assert.Equal(records.Select(r => r.Position).Order(), records.Select(r => r.Position));
    }

    [Fact]
    public async Task A_batch_is_capped_but_a_larger_record_goes_alone()
    {
        var folder = new MemoryFolder();
        using var journal = folder.Open(new JournalOptions { BatchBytes = 1_024 });
        TestRecord[] records = [new(new byte[500]), new(new byte[500]), new(new byte[10_000]), new(new byte[10]), new(new byte[10])];

        await journal.AppendTogether(records);
        await records[^1].Durable;

        // The plug, the two that fill a batch exactly but for eight bytes, the large one, the rest.
        Assert.Equal(4, journal.Metrics.Batches);
        Assert.Equal(508, records[1].Position - records[0].Position);
        Assert.Equal(new byte[10_000], journal.Read(records[2].Position));
    }

    [Fact]
    public async Task It_is_full_while_too_many_bytes_wait_and_there_is_room_again_when_they_are_durable()
    {
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(new JournalOptions { MaxQueuedBytes = 1_000 });
        using Gate flush = Pause(folder, "flush", out Task flushing);
        Assert.True(journal.WaitForRoomAsync().IsCompletedSuccessfully);
        journal.Append(JournalFixture.Record(990, 1));
        await flushing;
        Assert.False(journal.IsFull);
        TestRecord last = JournalFixture.Record(5_000, 1);
        journal.Append(last);

        Assert.True(journal.IsFull);
        Task room = journal.WaitForRoomAsync();
        Assert.False(room.IsCompleted);
        flush.Open();
        await room.WaitAsync(TimeSpan.FromSeconds(30));
        await last.Durable;

        Assert.False(journal.IsFull);
        Assert.Equal(2, journal.Metrics.Records);
    }

    [Fact]
    public async Task Nobody_waits_for_room_in_a_journal_that_cannot_write()
    {
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(new JournalOptions { MaxQueuedBytes = 1_000 });
        using Gate flush = Pause(folder, "flush", out Task flushing, error: "The disk is on strike.");
        journal.Append(JournalFixture.Record(5_000, 1));
        await flushing;
        Task room = journal.WaitForRoomAsync();
        Assert.False(room.IsCompleted);

        flush.Open();

        await room.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(journal.Fault);
        Assert.False(journal.IsFull);
    }

    [Fact]
    public async Task Disposal_writes_what_is_queued()
    {
        var folder = new MemoryFolder();
        var records = Enumerable.Range(0, 300).Select(i => JournalFixture.Record(100, i)).ToList();
        var journal = folder.Open(JournalFixture.Small);
        await journal.AppendTogether(records);

        journal.Dispose();

        Assert.All(records, record => Assert.True(record.IsDurable));
        Assert.Throws<ObjectDisposedException>(() => journal.Append(records[0]));
        Assert.Throws<ObjectDisposedException>(() => journal.Read(records[0].Position));
        journal.Dispose();
        Assert.Equal(records.Select(r => r.Payload), folder.Replay()[1..].Select(r => r.Payload));
    }

    [Fact]
    public async Task Appends_from_many_threads_all_arrive_each_threads_in_its_order()
    {
        var folder = new MemoryFolder();
        using (var journal = folder.Open())
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < 1_000; i++)
                    journal.Append(new TestRecord([(byte)thread, .. BitConverter.GetBytes(i)]));
            })));
        }

        var replayed = folder.Replay().GroupBy(r => r.Payload[0], r => BitConverter.ToInt32(r.Payload, 1)).ToList();

        Assert.Equal(8, replayed.Count);
        Assert.All(replayed, numbers => Assert.Equal(Enumerable.Range(0, 1_000), numbers));
    }

    [Fact]
    public async Task An_exception_of_one_acknowledgement_does_not_cost_the_next_its_own()
    {
        using var journal = new MemoryFolder().Open();
        var bad = new TestRecord([1]) { Ended = _ => throw new InvalidOperationException() };
        var good = new TestRecord([2]);

        await journal.AppendTogether([bad, good]);
        await good.Durable;

        Assert.True((await journal.AppendAlone(new TestRecord([3]))).IsDurable);
    }

    /// <summary>Stops the writer once, before the next operation of a kind, until the gate is opened.</summary>
    private static Gate Pause(MemoryFolder folder, string operation, out Task reached, string? error = null)
    {
        var gate = new Gate();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        folder.Before = current =>
        {
            if (current == operation && entered.TrySetResult())
            {
                gate.Pass();
                if (error is not null)
                    throw new IOException(error);
            }
        };
        reached = entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return gate;
    }
}
