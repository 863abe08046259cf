using System.Globalization;
using DurableObjects.FunctionsEngine.Simulations;
using DurableObjects.Tests.Workflows;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>Workflows while the platform does what it may do: a seed decides when.</summary>
public sealed class WorkflowFaultTests
{
    private const int Seeds = 12;
    private const int MostSteps = 30_000;

    private static readonly Faults Lossy = new()
    {
        DeliverAgain = 0.1,
        LoseResult = 0.1,
        LoseCheckpoint = 0.2,
        KillIdle = 0.02,
        DieWithOperations = 0.3,
        IgnoreKnownStart = 0.5,
    };

    public static TheoryData<string> Everything =>
        new("all-of-it", "parent", "buying", "saga", "counting-down", "retrying", "side-by-side");

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task They_come_to_the_same_end_whatever_is_lost_or_repeated(string name)
    {
        (string expected, string[] done, _) = await RunAsync(name, 0, Faults.None, _ => false);
        for (int seed = 1; seed <= Seeds; seed++)
        {
            (string output, string[] again, _) = await RunAsync(name, seed, Lossy, _ => false);
            Assert.True(expected == output, $"Seed {seed}: {output}, and not {expected}.");
            // An activity runs at least once; calls and signals, which the shelf counts, once.
            Assert.Equal(done.Distinct().Order(), again.Distinct().Order());
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task All_workers_may_die_at_any_boundary(string name)
    {
        (string expected, string[] done, int steps) = await RunAsync(name, 0, Faults.None, _ => false);
        Assert.InRange(steps, 10, MostSteps - 1);
        for (int kill = 0; kill < steps; kill++)
        {
            (string output, string[] again, _) = await RunAsync(name, 0, Faults.None, step => step == kill);
            Assert.True(expected == output, $"Killed after step {kill}: {output}, and not {expected}.");
            Assert.Equal(done.Distinct().Order(), again.Distinct().Order());
        }
    }

    [Fact]
    public async Task What_an_object_raises_comes_once_and_in_order_through_all_executions()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            await using AzureWorkflowBed bed = new([typeof(Collecting)], seed);
            ObjectAddress starter = ObjectAddress.OfName("starter", "s");
            bed.Simulation.Faults = Lossy;
            Send(bed, starter, "startText", "collecting", "w", "");
            for (int i = 0; i < Collecting.Count; i++)
            {
                Send(bed, starter, "raise", "w", "item", i.ToString(CultureInfo.InvariantCulture));
                // Calls of one caller may overtake each other; what one object asks may not.
                await bed.Simulation.SettleAsync();
                for (int step = 0; step < 10; step++)
                {
                    await bed.Simulation.StepAsync();
                }
            }
            await EndAsync(bed);
            Assert.Equal("0,1,2,3,4,5,6,7,8,9,10,11", await bed.OutputAsync<string>());
            await bed.Simulation.SettleAsync();
            Assert.Equal(4, await bed.CallAsync<int>(ObjectAddress.OfName("shelf", "main"), "taken"));
            Assert.Contains("0,1,2,3,4,5,6,7,8,9,10,11", await bed.CallAsync<string>(starter, "told", "ended"), StringComparison.Ordinal);
        }
    }

    private static void Send(AzureWorkflowBed bed, ObjectAddress address, string method, params object[] arguments) => bed.Simulation.Send(
        address, new CallTurn(method, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(arguments)));

    private static async Task<int> EndAsync(AzureWorkflowBed bed, Func<int, bool>? isKilled = null)
    {
        const int often = 200;
        int steps = 0;
        while (!(await bed.Workflows.FindAsync("w", false, CancellationToken.None) is { HasEnded: true }))
        {
            Assert.True(await bed.Simulation.StepAsync(), "There is nothing left to do, and the workflow has not ended.");
            if (isKilled?.Invoke(steps) == true)
            {
                await bed.RestartAsync();
            }
            if (++steps % often == 0)
            {
                bed.Simulation.AskAgain();
            }
            Assert.True(steps < MostSteps, "The workflow does not come to an end.");
        }
        return steps;
    }

    private static async Task<(string Output, string[] Done, int Steps)> RunAsync(
        string name, int seed, Faults faults, Func<int, bool> isKilled)
    {
        await using AzureWorkflowBed bed = new(seed: seed);
        bed.World.Failures["shaky"] = 2;
        bed.IsLeftAlone = true;
        await BeginAsync(bed, name);
        bed.Simulation.Faults = faults;
        int steps = await EndAsync(bed, isKilled);
        bed.Simulation.Faults = Faults.None;
        await bed.SettleAsync();
        WorkflowStatus status = await bed.StatusAsync();
        int taken = await bed.CallAsync<int>(ObjectAddress.OfName("shelf", "main"), "taken");
        string[] kinds = [.. status.Steps!.Select(step => $"{step.Number} {step.Kind} {step.Name} {step.State}")];
        return ($"{status.State} {status.Output} {status.Error?.Code} {taken}: {string.Join("; ", kinds)}", [.. bed.World.Done], steps);
    }

    /// <summary>Raises an event as soon as the workflow has begun.</summary>
    private static async Task RaiseAsync(AzureWorkflowBed bed, string name, string payload)
    {
        bed.HoldsAttempts = true;
        await bed.SettleAsync();
        await bed.Workflows.RaiseAsync("w", name, payload);
        bed.HoldsAttempts = false;
    }

    private static async Task BeginAsync(AzureWorkflowBed bed, string name)
    {
        switch (name)
        {
            case "all-of-it":
                await bed.StartAsync<AllOfIt>("in");
                await RaiseAsync(bed, "go", "gone");
                break;
            case "parent":
                await bed.StartAsync<ParentOfChains>(2);
                break;
            case "buying":
                await bed.StartAsync<Buying>("two");
                break;
            case "saga":
                await bed.StartAsync<Buying>("none");
                break;
            case "counting-down":
                await bed.StartAsync<CountingDown>(3);
                await RaiseAsync(bed, "end", "done");
                break;
            case "retrying":
                await bed.StartAsync<Retrying>(new RetryPolicy());
                break;
            default:
                await bed.StartAsync<SideBySide>(4);
                break;
        }
    }
}
