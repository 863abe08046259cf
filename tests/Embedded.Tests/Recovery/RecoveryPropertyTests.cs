using System.Text.Json;
using DurableObjects.Embedded.Journal;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Embedded.Tests.Recovery;

/// <summary>
/// Random commits, each remembered with all that the object held after it; returns to random bookmarks and times, some undone; in
/// between hibernation, archiving, retention sweeps, clean stops and power failures. Each return gives back what was remembered.
/// </summary>
public class RecoveryPropertyTests
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(10);
    private static readonly ObjectAddress Address = ObjectAddress.OfName("sheet", "one");

    [Theory]
    [InlineData(256 * 1_024, 16 * 1_024 * 1_024)]
    [InlineData(16 * 1_024, 16 * 1_024 * 1_024)]
    [InlineData(16 * 1_024, 0)]
    public void Every_return_gives_back_what_was_there(long historyBytes, long maxWholeBytes)
    {
        Gen<Step> write = Gen.Frequency(
            (6, from key in Gen.Choose(0, 9) from length in Gen.Elements(0, 10, 700, 9_000) select new Step(Kind.Put, key, length)),
            (2, from key in Gen.Choose(0, 9) select new Step(Kind.Remove, key, 0)),
            (4, from table in Gen.Choose(0, 2) from rows in Gen.Elements(1, 5, 60) select new Step(Kind.Insert, table, rows)),
            (2, from table in Gen.Choose(0, 2) from every in Gen.Elements(1, 2, 3) select new Step(Kind.Thin, table, every)),
            (1, from table in Gen.Choose(0, 2) select new Step(Kind.Drop, table, 0)),
            (1, Gen.Constant(new Step(Kind.Clear, 0, 0))));
        Gen<Step> other = Gen.Frequency(
            (5, from which in Gen.Choose(0, 999) select new Step(Kind.ReturnToBookmark, which, 0)),
            (4, from which in Gen.Choose(0, 999) select new Step(Kind.ReturnToTime, which, 0)),
            (3, Gen.Constant(new Step(Kind.Undo, 0, 0))),
            (3, from hours in Gen.Elements(1, 5, 60) select new Step(Kind.Advance, hours, 0)),
            (3, Gen.Constant(new Step(Kind.Archive, 0, 0))),
            (2, Gen.Constant(new Step(Kind.Sweep, 0, 0))),
            (2, Gen.Constant(new Step(Kind.Hibernate, 0, 0))),
            (1, Gen.Constant(new Step(Kind.Restart, 0, 0))),
            (2, Gen.Constant(new Step(Kind.Crash, 0, 0))));
        Gen<Step> step = Gen.Frequency((5, write), (4, other));
        Config config = Config.QuickThrowOnFailure.WithMaxTest(20).WithStartSize(20).WithEndSize(80).WithReplay(20_300_103, 11);
        Check.One(config, Prop.ForAll(
            Gen.ListOf(step).ToArbitrary(),
            steps => RunAsync([.. steps], historyBytes, maxWholeBytes).GetAwaiter().GetResult()));
    }

    private static async Task<bool> RunAsync(IReadOnlyList<Step> steps, long historyBytes, long maxWholeBytes)
    {
        await using TestBed bed = new(
            options => options.Retention = Retention,
            new JournalOptions { FileBytes = 32_768, ZeroedAheadBytes = 1_024 },
            runtime: new ObjectRuntimeOptions { HistoryBytes = historyBytes, MaxWholeBytes = maxWholeBytes });
        List<Remembered> past = [];
        string? undo = null;
        await DoAsync(bed, past, "Put", "start", 1, 0);
        int seed = 0;
        foreach (Step step in steps)
        {
            string table = "abc"[step.First % 3].ToString();
            switch (step.Kind)
            {
                case Kind.Put:
                    await DoAsync(bed, past, "Put", $"k{step.First}", step.Second, seed++);
                    break;
                case Kind.Remove:
                    await DoAsync(bed, past, "Remove", $"k{step.First}");
                    break;
                case Kind.Insert:
                    await DoAsync(bed, past, "Insert", table, step.Second, 200, seed += 100);
                    break;
                case Kind.Thin:
                    await DoAsync(bed, past, "Thin", table, step.Second);
                    break;
                case Kind.Drop:
                    await DoAsync(bed, past, "Drop", table);
                    break;
                case Kind.Clear:
                    await DoAsync(bed, past, "Clear");
                    break;
                case Kind.ReturnToBookmark:
                    undo = await ReturnAsync(bed, past, past[step.First % past.Count], byTime: null) ?? undo;
                    break;
                case Kind.ReturnToTime:
                    DateTimeOffset time = past[0].At + (bed.Clock.GetUtcNow() - past[0].At) * (step.First / 999.0);
                    undo = await ReturnAsync(bed, past, past.Last(one => one.At <= time), time) ?? undo;
                    break;
                case Kind.Undo when undo is not null:
                    undo = await ReturnAsync(bed, past, past.Last(one => one.Bookmark == undo), byTime: null) ?? undo;
                    break;
                case Kind.Advance:
                    bed.Clock.Advance(TimeSpan.FromHours(step.First));
                    break;
                case Kind.Archive:
                    await bed.Host.Archiver.ArchiveAllAsync(CancellationToken.None);
                    break;
                case Kind.Sweep:
                    await bed.Host.Archiver.SweepAsync(CancellationToken.None);
                    break;
                case Kind.Hibernate:
                    await bed.HibernateAsync();
                    break;
                case Kind.Restart:
                    await bed.RestartAsync();
                    break;
                case Kind.Crash:
                    await bed.RestartAfterCrashAsync();
                    break;
            }
            Assert.Equal(past[^1].Content, await CallAsync(bed, "Everything"));
        }
        return true;
    }

    /// <summary>Returns to a remembered moment; the bookmark that undoes it, or null if the moment is past the retention.</summary>
    private static async Task<string?> ReturnAsync(TestBed bed, List<Remembered> past, Remembered to, DateTimeOffset? byTime)
    {
        ObjectRecovery recovery = new(bed.Host);
        string before = await CallAsync(bed, "Bookmark");
        ObjectRecovery.Return done;
        try
        {
            done = byTime is { } time
                ? await recovery.RestoreAsync(Address, time, Caller.Runtime, CancellationToken.None)
                : await recovery.RestoreAsync(Address, to.Bookmark, Caller.Runtime, CancellationToken.None);
        }
        catch (DurableObjectException error) when (error.Code == ErrorCodes.BookmarkExpired)
        {
            // It was the state until the commit after it.
            int next = past.IndexOf(to) + 1;
            Assert.True(next < past.Count && past[next].At <= bed.Clock.GetUtcNow() - Retention, $"{to.Bookmark} of {to.At:O} expired early.");
            return null;
        }
        Assert.Equal(to.Bookmark, done.Restored);
        Assert.Equal(to.Content, await CallAsync(bed, "Everything"));
        // What asked for the return left the state as it was.
        past.Add(past[^1] with { Bookmark = done.Undo, At = bed.Clock.GetUtcNow() });
        past.Add(new Remembered(done.Current, bed.Clock.GetUtcNow(), to.Content));
        Assert.True(string.CompareOrdinal(before, done.Undo) < 0 && string.CompareOrdinal(done.Undo, done.Current) < 0);
        return done.Undo;
    }

    private static async Task DoAsync(TestBed bed, List<Remembered> past, string method, params object[] arguments)
    {
        long before = bed.Host.Catalogue.Find(Address.Id)?.Summary.Head.Commit ?? 0;
        await CallAsync(bed, method, arguments);
        if (bed.Host.Catalogue.Find(Address.Id)!.Summary.Head.Commit > before)
        {
            past.Add(new Remembered(await CallAsync(bed, "Bookmark"), bed.Clock.GetUtcNow(), await CallAsync(bed, "Everything")));
        }
    }

    private static async Task<string> CallAsync(TestBed bed, string method, params object[] arguments)
    {
        Answer answer = (await bed.Host.RunAsync(Address, TestBed.Call(method, arguments), CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(30))).OrThrow();
        return answer.Json.IsEmpty ? "" : JsonSerializer.Deserialize<string>(answer.Json.Span, ObjectJson.Options)!;
    }

    private enum Kind
    {
        Put,
        Remove,
        Insert,
        Thin,
        Drop,
        Clear,
        ReturnToBookmark,
        ReturnToTime,
        Undo,
        Advance,
        Archive,
        Sweep,
        Hibernate,
        Restart,
        Crash,
    }

    private sealed record Step(Kind Kind, int First, int Second);

    private sealed record Remembered(string Bookmark, DateTimeOffset At, string Content);
}
