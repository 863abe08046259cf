using System.Text;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Tests.Disk;
using DurableObjects.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.Embedded.Tests.Journal;

/// <summary>What the journal's tests share.</summary>
internal static class JournalFixture
{
    public const string FirstFile = "0000000000000000.journal";

    public static JournalOptions Small { get; } = new() { FileBytes = 4_096, BatchBytes = 2_048, ZeroedAheadBytes = 1_024 };

    /// <param name="clock">Stands still unless given: then a journal that cannot write tries again only when it is closed.</param>
    public static RecordJournal Open(
        this IFolder folder, JournalOptions? options = null, long replayFrom = 0,
        List<(long Position, byte[] Payload)>? replayed = null, TimeProvider? clock = null) =>
        RecordJournal.Open(
            folder, options ?? new JournalOptions { ZeroedAheadBytes = 4_096 }, replayFrom,
            entry => replayed?.Add((entry.Position, entry.Payload.ToArray())), clock ?? new FakeClock(), NullLogger.Instance);

    /// <summary>The payloads that the journal in a folder replays.</summary>
    public static List<(long Position, byte[] Payload)> Replay(this IFolder folder, long replayFrom = 0)
    {
        var replayed = new List<(long, byte[])>();
        folder.Open(Small, replayFrom, replayed).Dispose();
        return replayed;
    }

    public static TestRecord Record(string text) => new(Encoding.UTF8.GetBytes(text));

    public static TestRecord Record(int length, int seed)
    {
        var payload = new byte[length];
        new Random(seed).NextBytes(payload);
        return new TestRecord(payload);
    }

    /// <summary>Appends one record and waits for it, so that it is a batch of its own.</summary>
    public static async Task<TestRecord> AppendAlone(this RecordJournal journal, TestRecord record)
    {
        journal.Append(record);
        await record.Durable;
        return record;
    }

    /// <summary>Appends records so that the journal finds all of them at once: they become one batch, or as few as fit.</summary>
    public static async Task<TestRecord> AppendTogether(this RecordJournal journal, IEnumerable<TestRecord> records)
    {
        using var gate = new Gate();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var plug = new TestRecord([0])
        {
            Writing = () =>
            {
                entered.SetResult();
                gate.Pass();
            },
        };
        journal.Append(plug);
        // The journal may fail before it comes to writing the plug.
        await await Task.WhenAny(entered.Task, plug.Durable);
        foreach (var record in records)
            journal.Append(record);
        return plug;
    }
}
