using System.Globalization;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>
/// Hundreds of hosts that lose power. <c>POWER_LOSS_SEEDS=4711</c> runs one seed, <c>POWER_LOSS_SEEDS=0-99999</c> many; a failing
/// one says which it is.
/// </summary>
public class PowerLossTests
{
    /// <summary>In the normal run. One takes some 60 ms of a processor, most of it SQLite's and the runtime's.</summary>
    private const int Seeds = 200;

    [Fact]
    public async Task Whatever_was_acknowledged_survives_and_nothing_is_half_there()
    {
        string[] wanted = (Environment.GetEnvironmentVariable("POWER_LOSS_SEEDS") ?? $"0-{Seeds - 1}").Split('-');
        int first = int.Parse(wanted[0], CultureInfo.InvariantCulture);
        int last = int.Parse(wanted[^1], CultureInfo.InvariantCulture);
        int losses = 0;
        int restores = 0;
        // A run mostly waits for its own threads.
        ParallelOptions options = new() { MaxDegreeOfParallelism = 4 * Environment.ProcessorCount };
        await Parallel.ForEachAsync(Enumerable.Range(first, last - first + 1), options, async (seed, cancellation) =>
        {
            await using PowerLossRun run = new(seed);
            try
            {
                await run.RunAsync();
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} failed: {error.Message}\nRun it again with POWER_LOSS_SEEDS={seed}. It did:\n  "
                    + string.Join("\n  ", run.Steps) + "\nThe host said:\n  " + string.Join("\n  ", run.Log.TakeLast(12)), error);
            }
            Interlocked.Add(ref losses, run.PowerLosses);
            Interlocked.Add(ref restores, run.Restores);
        });
        Assert.True(last == first || losses > 0);
        Assert.True(last - first < 100 || restores > 0);
    }
}
