using System.Globalization;
using DurableObjects.FunctionsEngine.Simulations;
using Xunit.Abstractions;

namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>
/// Whatever the platform does to the host's batches, messages and workers, the promises of the model hold. <c>FUNCTIONS_SEEDS</c> says how
/// many schedules are tried, <c>FUNCTIONS_SEED</c> tries one again.
/// </summary>
public sealed class SeededTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 30;

    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("FUNCTIONS_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seeds)
            ? seeds : DefaultSeeds;

    private static int? OneSeed =>
        int.TryParse(Environment.GetEnvironmentVariable("FUNCTIONS_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed)
            ? seed : null;

    [Fact]
    public Task Promises_hold_whatever_goes_wrong() => ForEachSeedAsync(0, Faults.All);

    [Fact]
    public Task Promises_hold_when_nothing_goes_wrong() => ForEachSeedAsync(1_000_000, Faults.None);

    [Fact]
    public Task Promises_hold_when_checkpoints_are_lost_again_and_again() =>
        ForEachSeedAsync(2_000_000, new Faults { LoseCheckpoint = 0.4, LoseResult = 0.1, DeliverAgain = 0.2, IgnoreKnownStart = 0.5 });

    [Fact]
    public Task Promises_hold_when_workers_race_for_an_object() =>
        ForEachSeedAsync(3_000_000, new Faults { Pause = 0.4, DelayResult = 0.5, TakeOver = 0.6, IgnoreKnownStart = 0.5 });

    [Fact]
    public Task Promises_hold_when_storage_fails_and_workers_die() =>
        ForEachSeedAsync(4_000_000, new Faults { FailRequest = 0.15, FailAnswer = 0.1, Kill = 0.08, KillIdle = 0.05, Damage = 0.1 });

    [Fact]
    public Task Promises_hold_when_operations_die_with_their_worker() => ForEachSeedAsync(
        5_000_000, new Faults { Pause = 0.2, Kill = 0.05, KillIdle = 0.1, DelayResult = 0.3, DieWithOperations = 0.7, LoseCheckpoint = 0.05 });

    private async Task ForEachSeedAsync(int first, Faults faults)
    {
        List<string> failures = [];
        IEnumerable<int> seeds = OneSeed is { } one ? [one] : Enumerable.Range(first, Seeds);
        foreach (int seed in seeds)
        {
            try
            {
                await RunAsync(seed, faults);
            }
            catch (Exception error)
            {
                failures.Add($"FUNCTIONS_SEED={seed}: {error.GetType().Name}: {error.Message}");
                if (OneSeed is not null || failures.Count == 1)
                {
                    output.WriteLine(error.ToString());
                }
            }
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(20)));
    }

    private async Task RunAsync(int seed, Faults faults)
    {
        // Where fewer objects stay awake than there are, databases are closed and opened again.
        AzureHostOptions options = new() { MaxAwake = seed % 4 == 1 ? 100 : 1 };
        await using LedgerSimulation ledgers = new(seed, objects: 1 + seed % 3, workers: 2 + seed % 2, options)
        {
            LosesOperations = faults.DieWithOperations > 0,
        };
        Simulation simulation = ledgers.Simulation;
        try
        {
            foreach (string name in ledgers.Names)
            {
                ledgers.Open(name, $"socket-of-{name}");
            }
            await simulation.SettleAsync();
            simulation.Faults = faults;
            ledgers.Witness.Failures = seed % 4 == 0 ? 0.1 : 0;
            int deeds = 5 + simulation.Random.Next(30);
            for (int i = 0; i < deeds; i++)
            {
                ledgers.Act(
                    ledgers.Names[simulation.Random.Next(ledgers.Names.Count)], Deed(ledgers, simulation.Random, $"deed-{i}"),
                    isAwaited: simulation.Random.Next(4) > 0);
                int steps = simulation.Random.Next(6);
                for (int step = 0; step < steps; step++)
                {
                    await simulation.StepAsync();
                }
            }
            for (int step = 0; step < 100; step++)
            {
                await simulation.StepAsync();
            }
            simulation.Faults = Faults.None;
            ledgers.Witness.Failures = 0;
            await simulation.SettleAsync();
            simulation.AskAgain();
            await simulation.SettleAsync();
            // Long enough for everything that is looked after, however long it waits.
            await simulation.AdvanceAsync(faults.DieWithOperations > 0 ? TimeSpan.FromHours(3) : TimeSpan.FromMinutes(20));
            await ledgers.CheckAsync();
        }
        catch when (OneSeed is not null)
        {
            simulation.Trace.ForEach(output.WriteLine);
            throw;
        }
    }

    private static Deed Deed(LedgerSimulation ledgers, Random random, string tag) => new(tag)
    {
        Peers = [.. ledgers.Names.Where(_ => random.Next(4) == 0)],
        Sends = random.Next(3) == 0,
        Alarm = random.Next(5) == 0 ? random.Next(-1_000, 20_000) : null,
        Fails = random.Next(10) == 0,
        Looks = random.Next(10) == 0,
        Bytes = random.Next(4) == 0 ? random.Next(20_000) : 0,
        AnswerLength = random.Next(4) == 0 ? random.Next(4_000) : 0,
        AutoResponse = random.Next(20) == 0 ? Noise.Text(random.Next(), random.Next(600)) : null,
    };
}
