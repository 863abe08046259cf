using System.Diagnostics;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Tests;

/// <summary>
/// Random turns over a few objects, with the power failing at random moments and taking any part of what was not flushed.
/// Whatever was acknowledged must be there afterwards, every signal must arrive once and in order, every alarm must ring.
/// </summary>
public class CrashTests
{
    private const int Seeds = 200;
    private static readonly string[] Names = ["a", "b", "c"];

    [Fact]
    public async Task Whatever_was_acknowledged_survives_crashes()
    {
        for (int seed = 0; seed < Seeds; seed++)
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
        await using TestBed bed = new(journal: new JournalOptions { FileBytes = 32_768, ZeroedAheadBytes = 4_096 }, seed: seed);
        Random random = bed.Random;
        // What was acknowledged at least, and what was asked for at most: an answer that got lost decides nothing.
        Dictionary<string, (long Least, long Most)> sums = Names.ToDictionary(name => name, _ => (0L, 0L));
        for (int crash = random.Next(1, 4); crash > 0; crash--)
        {
            List<Task> asked = [];
            for (int turn = random.Next(1, 15); turn > 0; turn--)
            {
                asked.Add(AskAsync(bed, random, sums));
                if (random.Next(4) == 0)
                {
                    await Task.WhenAll(asked);
                }
                if (random.Next(8) == 0)
                {
                    await bed.Host.Live.HibernateAllAsync(CancellationToken.None);
                }
                if (random.Next(8) == 0)
                {
                    bed.Clock.Advance(TimeSpan.FromSeconds(random.Next(3)));
                }
            }
            int grace = random.Next(6);
            bed.Disk.Before = operation =>
            {
                if (Interlocked.Decrement(ref grace) < 0)
                {
                    throw new IOException("The power is gone.");
                }
            };
            if (random.Next(3) == 0)
            {
                bed.Disk.Before = null;
                await Task.WhenAll(asked);
                await bed.RestartAsync();
            }
            else
            {
                await Task.WhenAll(Enumerable.Range(0, random.Next(3)).Select(_ => AskAsync(bed, random, sums)));
                await bed.RestartAfterCrashAsync();
                await Task.WhenAll(asked);
            }
            foreach (string name in Names)
            {
                long sum = await bed.CallAsync(name, "Look");
                Assert.InRange(sum, sums[name].Least, sums[name].Most);
                sums[name] = (sum, sum);
            }
        }
        await SettledAsync(bed);
    }

    private static async Task AskAsync(TestBed bed, Random random, Dictionary<string, (long Least, long Most)> sums)
    {
        string name = Names[random.Next(Names.Length)];
        CallTurn turn = random.Next(6) switch
        {
            0 or 1 => TestBed.Call("Tell", Names[random.Next(Names.Length)], random.Next(1, 4)),
            2 => TestBed.Call("Arm", random.Next(1, 5)),
            _ => TestBed.Call("Add", 1),
        };
        bool isAdd = turn.Method == "Add";
        if (isAdd)
        {
            lock (sums)
            {
                sums[name] = sums[name] with { Most = sums[name].Most + 1 };
            }
        }
        try
        {
            (await bed.RunAsync(name, turn)).OrThrow();
        }
        catch (DurableObjectException error) when (error.Retryable)
        {
            return;
        }
        if (isAdd)
        {
            lock (sums)
            {
                sums[name] = sums[name] with { Least = sums[name].Least + 1 };
            }
        }
    }

    /// <summary>Waits until all signals have arrived and all alarms have rung.</summary>
    internal static async Task SettledAsync(TestBed bed)
    {
        foreach (string receiver in Names)
        {
            foreach (string sender in Names)
            {
                long told = await bed.CallAsync(sender, "Told", receiver);
                await SoonAsync(bed, $"{receiver} has heard all {told} of {sender}", async () =>
                {
                    long heard = await bed.CallAsync(receiver, "HeardFrom", sender);
                    Assert.True(heard <= told, $"{receiver} heard {heard} of {sender}, who told {told}.");
                    return heard == told;
                });
            }
        }
        foreach (string name in Names)
        {
            await SoonAsync(bed, $"the alarm of {name} has rung", async () => await bed.CallAsync(name, "IsArmed") == 0);
        }
    }

    private static async Task SoonAsync(TestBed bed, string what, Func<Task<bool>> isSo)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), $"It is not so that {what}.");
            bed.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
