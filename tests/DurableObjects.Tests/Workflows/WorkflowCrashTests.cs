using DurableObjects.Harness;
using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>
/// A process that dies between any two things that happen to a workflow: what was in memory is gone, databases are made anew from their
/// commits, and outboxes are read again.
/// </summary>
public sealed class WorkflowCrashTests
{
    private const int MostMoves = 500;

    public static TheoryData<string> Everything => new("all-of-it", "parent", "buying", "counting-down", "retrying", "side-by-side", "saga");

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task A_kill_at_any_boundary_changes_nothing_and_runs_nothing_again_whose_result_was_durable(string name)
    {
        (string expected, string[] done, int moves) = await RunAsync(name, _ => false, _ => false);
        Assert.InRange(moves, 3, MostMoves - 1);
        for (int kill = 0; kill < moves; kill++)
        {
            (string output, string[] again, _) = await RunAsync(name, move => move == kill, _ => false);
            Assert.True(expected == output, $"Killed after move {kill}: {output}, and not {expected}.");
            Assert.Equal(done.Order(), again.Order());
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task A_kill_after_every_move_changes_nothing_either(string name)
    {
        (string expected, string[] done, _) = await RunAsync(name, _ => false, _ => false);
        (string output, string[] again, _) = await RunAsync(name, _ => true, _ => false);
        Assert.Equal(expected, output);
        Assert.Equal(done.Order(), again.Order());
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task An_attempt_whose_outcome_was_lost_is_made_again_and_no_other(string name)
    {
        (string expected, string[] done, _) = await RunAsync(name, _ => false, _ => false);
        int attempts = await AttemptsAsync(name);
        for (int lost = 0; lost < attempts; lost++)
        {
            (string output, string[] again, _) = await RunAsync(name, _ => false, attempt => attempt == lost);
            Assert.True(expected == output, $"With the outcome of attempt {lost} lost: {output}, and not {expected}.");
            // A call of an object is known by its key when it comes again, so only what the world sees can be there twice.
            Assert.InRange(again.Length, done.Length, done.Length + 1);
            Assert.Equal(done.Distinct().Order(), again.Distinct().Order());
        }
    }

    private static async Task<int> AttemptsAsync(string name)
    {
        int count = 0;
        await RunAsync(name, _ => false, attempt =>
        {
            count = attempt + 1;
            return false;
        });
        return count;
    }

    private static async Task<(string Output, string[] Done, int Moves)> RunAsync(string name, Func<int, bool> isKilled, Func<int, bool> isLost)
    {
        await using WorkflowBed bed = new();
        TestHost host = bed.Host;
        host.DeliversAutomatically = false;
        int attempts = 0;
        bool hasLost = false;
        host.LosesOutcome = () => hasLost = isLost(attempts++);
        bed.World.Failures["shaky"] = 2;
        await BeginAsync(bed, name);
        int moves = 0;
        for (; moves < MostMoves; moves++)
        {
            if (await host.DeliverAsync(1) == 0)
            {
                if ((await bed.StatusAsync()).HasEnded)
                {
                    break;
                }
                await host.AdvanceToNextAsync();
            }
            if (isKilled(moves) || hasLost)
            {
                hasLost = false;
                await host.HibernateAllAsync(rebuild: true);
                await host.DrainAsync(atMost: 0);
            }
        }
        Assert.True(moves < MostMoves, "The workflow does not come to an end.");
        WorkflowStatus status = await bed.StatusAsync();
        return ($"{status.State} {status.Output} {status.Error?.Code} {await host.Objects.Get<IShelf>("main").Taken()}", [.. bed.World.Done], moves);
    }

    private static async Task BeginAsync(WorkflowBed bed, string name)
    {
        switch (name)
        {
            case "all-of-it":
                await bed.StartAsync<AllOfIt>("in");
                await bed.Host.Workflows.RaiseAsync("w", "go", "gone");
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
                await bed.Host.Workflows.RaiseAsync("w", "end", "done");
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
