using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.Harness;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>How a journal comes to write again after an error of the disk, without being opened anew.</summary>
public class SelfRecoveryTests
{
    private static readonly string[][] Faults =
    [
        ["write"], ["flush"], ["write", "length"], ["create"], ["folder"], ["delete"],
        ["write", "flush", "create", "folder", "length", "delete"],
    ];

    [Theory]
    [InlineData("write")]
    [InlineData("flush")]
    public async Task It_goes_on_in_a_new_file_behind_the_last_acknowledged_batch(string operation)
    {
        FakeClock clock = new();
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(clock: clock);
        List<long> rolled = [];
        journal.Rolled += rolled.Add;
        TestRecord before = await journal.AppendAlone(JournalFixture.Record("before"));
        long end = journal.DurablePosition;
        TestRecord failed = await FailAsync(folder, journal, operation);

        clock.Advance(TimeSpan.FromMilliseconds(100));
        await TestBed.UntilAsync(() => journal.Fault is null);
        TestRecord after = await journal.AppendAlone(JournalFixture.Record("after"));

        Assert.Equal(1, journal.Recoveries);
        Assert.Equal([end], rolled);
        Assert.Equal(2, folder.List().Count);
        Assert.Equal(end, folder[JournalFixture.FirstFile].Length);
        Assert.Equal(before.Payload, journal.Read(before.Position));
        Assert.Equal(after.Payload, journal.Read(after.Position));
        Assert.Equal([before.Payload, after.Payload], folder.AfterPowerFailure(new Random(1)).Replay().Select(record => record.Payload));
        Assert.False(failed.IsDurable);
    }

    [Fact]
    public async Task An_empty_file_is_used_on()
    {
        FakeClock clock = new();
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(clock: clock);
        await FailAsync(folder, journal, "flush");

        clock.Advance(TimeSpan.FromSeconds(5));
        await TestBed.UntilAsync(() => journal.Fault is null);
        TestRecord after = await journal.AppendAlone(JournalFixture.Record("after"));

        Assert.Equal([JournalFixture.FirstFile], folder.List());
        Assert.Equal([after.Payload], folder.AfterPowerFailure(new Random(1)).Replay().Select(record => record.Payload));
    }

    [Fact]
    public async Task It_tries_at_growing_intervals_and_a_disk_that_is_still_full_shows_before_anything_is_accepted()
    {
        FakeClock clock = new();
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(clock: clock);
        await journal.AppendAlone(JournalFixture.Record("before"));
        await FailAsync(folder, journal, "write");
        List<DateTimeOffset> attempts = [];
        folder.Before = operation =>
        {
            if (operation == "write")
            {
                attempts.Add(clock.GetUtcNow());
                throw new IOException("No space left on device.");
            }
        };

        for (int i = 0; i < 8; i++)
        {
            int done = i;
            await TestBed.UntilAsync(() =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return attempts.Count > done;
            });
        }

        Assert.Throws<JournalFaultedException>(() => journal.Append(JournalFixture.Record("refused")));
        IEnumerable<TimeSpan> waits = attempts.Zip(attempts.Skip(1), (one, next) => next - one);
        Assert.All(
            waits.Zip([200, 400, 800, 1_600, 3_200, 5_000, 5_000]),
            pair => Assert.True(pair.First >= TimeSpan.FromMilliseconds(pair.Second), $"{pair.First} instead of {pair.Second} ms"));
        folder.Before = null;
        await RecoveredAsync(journal, clock);
        Assert.True((await journal.AppendAlone(JournalFixture.Record("after"))).IsDurable);
    }

    [Fact]
    public async Task A_record_that_builds_upon_one_that_failed_is_refused_after_the_recovery_too()
    {
        FakeClock clock = new();
        MemoryFolder folder = new();
        using RecordJournal journal = folder.Open(clock: clock);
        long recoveries = journal.Recoveries;
        await FailAsync(folder, journal, "flush");
        await RecoveredAsync(journal, clock);

        Assert.Throws<JournalFaultedException>(() => journal.Append(JournalFixture.Record("next"), recoveries));
        journal.Append(JournalFixture.Record("other"), journal.Recoveries);
    }

    [Fact]
    public async Task A_journal_that_closes_tries_once_more_so_that_nothing_refused_is_found_at_the_next_start()
    {
        MemoryFolder folder = new();
        RecordJournal journal = folder.Open();
        await journal.AppendAlone(JournalFixture.Record("before"));
        await FailAsync(folder, journal, "flush");

        journal.Dispose();

        Assert.Equal(["before"u8.ToArray()], folder.AfterPowerFailure(new Random(1)).Replay().Select(record => record.Payload));
    }

    [Fact]
    public async Task Whatever_fails_nothing_acknowledged_is_lost_and_nothing_refused_comes_back()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            try
            {
                await RunAsync(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed} failed: {error.Message}", error);
            }
        }
    }

    private static async Task RunAsync(int seed)
    {
        Random random = new(seed);
        MemoryFolder folder = new() { Random = new Random(seed) };
        List<(long Position, byte[] Payload)> kept = [];
        for (int life = 0; life < 3; life++)
        {
            FakeClock clock = new();
            RecordJournal journal = folder.Open(JournalFixture.Small, clock: clock);
            // Refused, and not cut off yet: if the power fails now, nobody knows.
            List<byte[]> undecided = [];
            for (int round = random.Next(1, 8); round > 0; round--)
            {
                FailSoon(folder, random);
                await AppendAsync(journal, random, kept, undecided);
                if (journal.Fault is not null && random.Next(4) > 0)
                {
                    await RecoveredAsync(journal, clock);
                    undecided.Clear();
                    AssertKept(kept, folder.AfterPowerFailure(random).Replay());
                    Assert.All(kept, record => Assert.Equal(record.Payload, journal.Read(record.Position)));
                }
            }
            if (random.Next(2) == 0)
            {
                folder.Before = null;
                journal.Dispose();
                undecided.Clear();
            }
            else
            {
                folder.Before = _ => throw new IOException("The power failed.");
                journal.Dispose();
                folder = folder.AfterPowerFailure(random);
            }
            folder.Before = null;
            List<(long Position, byte[] Payload)> found = folder.Copy().Replay();
            AssertKept(kept, found[..Math.Min(kept.Count, found.Count)]);
            Assert.Equal(undecided.Take(found.Count - kept.Count), found.Skip(kept.Count).Select(record => record.Payload));
            kept = found;
        }
    }

    /// <summary>From some operation on, some operations of some kinds fail.</summary>
    private static void FailSoon(MemoryFolder folder, Random random)
    {
        string[] kinds = Faults[random.Next(Faults.Length)];
        int grace = random.Next(12);
        int failures = random.Next(6);
        folder.Before = operation =>
        {
            if (kinds.Contains(operation) && grace-- <= 0 && failures-- > 0)
            {
                throw new IOException($"The disk refuses to {operation}.");
            }
        };
    }

    private static async Task AppendAsync(
        RecordJournal journal, Random random, List<(long Position, byte[] Payload)> kept, List<byte[]> undecided)
    {
        List<TestRecord> records = [.. Enumerable.Range(0, random.Next(1, 8))
            .Select(_ => JournalFixture.Record(random.Next(20) == 0 ? random.Next(9_000) : random.Next(700), random.Next()))];
        try
        {
            records.Insert(0, await journal.AppendTogether(records));
        }
        catch (JournalFaultedException)
        {
            // It could not begin a file, or has not recovered from what came before.
            return;
        }
        foreach (TestRecord record in records)
        {
            await Task.WhenAny(record.Durable);
            if (record.IsDurable)
            {
                kept.Add((record.Position, record.Payload));
            }
            else
            {
                undecided.Add(record.Payload);
            }
        }
    }

    private static void AssertKept(
        List<(long Position, byte[] Payload)> expected, List<(long Position, byte[] Payload)> found)
    {
        Assert.Equal(expected.Select(record => record.Position), found.Select(record => record.Position));
        Assert.Equal(expected.Select(record => record.Payload), found.Select(record => record.Payload));
    }

    private static async Task<TestRecord> FailAsync(MemoryFolder folder, RecordJournal journal, string operation)
    {
        folder.Before = current =>
        {
            if (current == operation)
            {
                throw new IOException("The disk is on strike.");
            }
        };
        TestRecord failed = JournalFixture.Record("failed");
        journal.Append(failed);
        await Assert.ThrowsAsync<JournalFaultedException>(() => failed.Durable);
        folder.Before = null;
        return failed;
    }

    private static Task RecoveredAsync(RecordJournal journal, FakeClock clock) => TestBed.UntilAsync(() =>
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        return journal.Fault is null;
    });
}
