using DurableObjects.Embedded.Tests.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests.Objects;

/// <summary>The host while its journal cannot write, and once it can again: without a restart, and with every count exact.</summary>
public class JournalFaultTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    [Fact]
    public async Task Turns_are_refused_before_they_run_reads_go_on_and_once_the_disk_is_back_so_is_everything()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await FailAsync(bed, "a");
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
        int wakes = Wakes(bed, "a");

        for (int i = 0; i < 5; i++)
        {
            DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync("a", "Add", 10));
            Assert.Equal((ErrorCodes.Unavailable, TimeSpan.FromSeconds(1)), (error.Code, error.RetryAfter));
        }
        Assert.Equal(1, await bed.CallAsync("a", "Get"));
        Assert.NotNull((await bed.RunAsync("a", new InspectTurn())).OrThrow().Json.ToString());
        Assert.NotNull(await new JournalProbe(bed.Host).FailureAsync(CancellationToken.None));
        await RecoveredAsync(bed);

        Assert.Null(await new JournalProbe(bed.Host).FailureAsync(CancellationToken.None));
        Assert.Equal(wakes, Wakes(bed, "a"));
        Assert.Equal(3, await bed.CallAsync("a", "Add", 2));
        Assert.Equal(1, await bed.CallAsync("b", "Add", 1));
        await bed.RestartAfterCrashAsync();
        Assert.Equal(3, await bed.CallAsync("a", "Look"));
        Assert.Equal(1, await bed.CallAsync("b", "Look"));
    }

    [Fact]
    public async Task A_turn_that_ran_while_the_journal_failed_and_recovered_does_not_commit_upon_what_is_gone()
    {
        // The clock runs while the journal recovers, and the turn must not be abandoned for that.
        await using TestBed bed = new(options => options.TurnDeadline = TimeSpan.FromDays(1));
        await bed.CallAsync("a", "Add", 1);
        using Gate flush = new();
        TaskCompletionSource flushing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Disk.Before = operation =>
        {
            if (operation == "flush" && flushing.TrySetResult())
            {
                flush.Pass();
                throw new IOException("The disk is on strike.");
            }
        };
        Task<long> failing = bed.CallAsync("a", "Add", 10);
        await flushing.Task;
        Task<long> late = bed.CallAsync("a", "AddSlowly", 100, "late");
        await bed.Controls.ReachedAsync("late");
        flush.Open();
        Assert.Equal(ErrorCodes.CommitFailed, (await Assert.ThrowsAsync<DurableObjectException>(() => failing)).Code);
        await RecoveredAsync(bed);

        bed.Controls.Open("late");

        Assert.Equal(ErrorCodes.CommitFailed, (await Assert.ThrowsAsync<DurableObjectException>(() => late)).Code);
        Assert.Equal(2, await bed.CallAsync("a", "Add", 1));
        await bed.RestartAfterCrashAsync();
        Assert.Equal(2, await bed.CallAsync("a", "Look"));
    }

    [Fact]
    public async Task The_commits_after_a_recovery_name_the_last_that_is_there_so_that_the_history_can_be_read()
    {
        await using TestBed bed = new();
        await bed.CallAsync("a", "Add", 1);
        await FailAsync(bed, "a");
        await RecoveredAsync(bed);
        await bed.CallAsync("a", "Add", 1);
        await bed.CallAsync("a", "Add", 1);

        await bed.RestartAfterCrashAsync();

        Assert.Equal(3, await bed.CallAsync("a", "Get"));
    }

    [Fact]
    public async Task A_client_that_goes_meanwhile_is_gone_for_its_object_afterwards()
    {
        await using TestBed bed = new();
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        await FailAsync(bed, "b");

        Task<Answer> told = bed.Host.TellAsync(
            TestBed.Address("a"), new SocketClosedTurn("s1", new SocketClosing(SocketClosing.AbnormalClosure, "lost")));
        await RecoveredAsync(bed);
        await TestBed.UntilAsync(() =>
        {
            bed.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return told.IsCompleted;
        });

        (await told).OrThrow();
        Assert.Equal(0, await bed.CallAsync("a", "SocketCount"));
        Assert.Equal(1, await bed.CallAsync("a", "SocketsClosed"));
    }

    [Fact]
    public async Task What_the_last_run_left_to_do_is_done_once_it_can_be_written()
    {
        await using TestBed bed = new();
        await bed.RunAsync("a", new SocketOpenedTurn("s1", new SocketOpening(new Dictionary<string, string>())));
        await bed.CrashAsync();
        bed.Start(isResuming: false);
        await FailAsync(bed, "b");
        bed.Resume();

        Assert.Equal(0, await bed.CallAsync("a", "SocketsClosed"));
        await RecoveredAsync(bed);

        await TestBed.UntilAsync(() => bed.Host.Catalogue.Find(TestBed.Address("a").Id)!.Summary.Sockets == 0);
        Assert.Equal(1, await bed.CallAsync("a", "SocketsClosed"));
    }

    [Fact]
    public async Task Whatever_fails_and_recovers_every_count_is_exact_every_signal_arrives_and_every_alarm_rings()
    {
        for (int seed = 0; seed < 60; seed++)
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
        await using TestBed bed = new(journal: new() { FileBytes = 32_768, ZeroedAheadBytes = 4_096 }, seed: seed);
        Random random = bed.Random;
        Dictionary<string, long> sums = Names.ToDictionary(name => name, _ => 0L);
        for (int round = random.Next(2, 6); round > 0; round--)
        {
            string kind = random.Next(3) switch { 0 => "write", 1 => "flush", _ => "create" };
            int grace = random.Next(5);
            int failures = random.Next(4);
            bed.Disk.Before = operation =>
            {
                if (operation == kind && grace-- <= 0 && failures-- > 0)
                {
                    throw new IOException($"The disk refuses to {operation}.");
                }
            };
            await Task.WhenAll(Enumerable.Range(0, random.Next(1, 15)).Select(_ => AskAsync(bed, Ask(random), sums)));
            await RecoveredAsync(bed);
            foreach (string name in Names)
            {
                Assert.Equal(sums[name], await GetAsync(bed, name));
            }
        }
        await bed.RestartAfterCrashAsync();
        foreach (string name in Names)
        {
            Assert.Equal(sums[name], await bed.CallAsync(name, "Look"));
        }
        await CrashTests.SettledAsync(bed);
    }

    private static (string Name, CallTurn Turn) Ask(Random random) => (
        Names[random.Next(Names.Length)],
        random.Next(6) switch
        {
            0 or 1 => TestBed.Call("Tell", Names[random.Next(Names.Length)], random.Next(1, 4)),
            2 => TestBed.Call("Arm", random.Next(1, 5)),
            _ => TestBed.Call("Add", 1),
        });

    private static async Task AskAsync(TestBed bed, (string Name, CallTurn Turn) asked, Dictionary<string, long> sums)
    {
        try
        {
            (await bed.RunAsync(asked.Name, asked.Turn)).OrThrow();
        }
        catch (DurableObjectException error) when (error.Code is ErrorCodes.CommitFailed or ErrorCodes.Unavailable)
        {
            return;
        }
        lock (sums)
        {
            sums[asked.Name] += asked.Turn.Method == "Add" ? 1 : 0;
        }
    }

    /// <summary>
    /// Reads. A read that saw a commit which then fails, such as a signal's that was still on its way to the disk, is told so.
    /// </summary>
    private static async Task<long> GetAsync(TestBed bed, string name)
    {
        while (true)
        {
            try
            {
                return await bed.CallAsync(name, "Get");
            }
            catch (DurableObjectException error) when (error.Code is ErrorCodes.CommitFailed or ErrorCodes.Unavailable)
            {
                await RecoveredAsync(bed);
            }
        }
    }

    /// <summary>Has a commit of an object fail; from then on every operation of the disk does.</summary>
    private static async Task FailAsync(TestBed bed, string name)
    {
        bed.Disk.Before = _ => throw new IOException("The disk is on strike.");
        DurableObjectException error = await Assert.ThrowsAsync<DurableObjectException>(() => bed.CallAsync(name, "Add", 1_000));
        Assert.Equal(ErrorCodes.CommitFailed, error.Code);
    }

    private static Task RecoveredAsync(TestBed bed)
    {
        bed.Disk.Before = null;
        return TestBed.UntilAsync(() =>
        {
            if (bed.Host.Journal.Fault is null)
            {
                return true;
            }
            bed.Clock.Advance(TimeSpan.FromMilliseconds(100));
            return false;
        });
    }

    private static int Wakes(TestBed bed, string name) => bed.Controls.Events.Count(one => one == $"wake {name}");
}
