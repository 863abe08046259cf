using DurableObjects.Tests.Workflows;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Tests.Workflows;

/// <summary>An orchestration goes on with code that is not the one that it began with.</summary>
public sealed class WorkflowChangeTests
{
    [Theory]
    [InlineData(1, "step 2, sleep", "step 2, activity 'do'")]
    [InlineData(2, "step 2, activity 'do'", "does not ask for any more")]
    [InlineData(3, "step 1, activity 'do'", "step 1, sleep")]
    public async Task It_stops_with_an_error_that_names_the_step_and_does_nothing_else(int version, params string[] named)
    {
        await using AzureWorkflowBed bed = await HeldUpAsync();
        bed.World.Failures["change"] = version;

        bed.HoldsAttempts = false;
        await bed.AdvanceAsync(TimeSpan.FromHours(1));

        WorkflowStatus status = await bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowChanged), (status.State, status.Error!.Code));
        Assert.All(named, text => Assert.Contains(text, status.Error.Message, StringComparison.Ordinal));
        Assert.Equal(["one", "two"], bed.World.Done);
    }

    [Fact]
    public async Task Code_that_only_goes_on_differently_is_no_change()
    {
        await using AzureWorkflowBed bed = await HeldUpAsync();
        bed.World.Failures["change"] = 4;
        bed.HoldsAttempts = false;
        await bed.SettleAsync();
        Assert.Equal("one!two!four!", await bed.OutputAsync<string>());
    }

    /// <summary>
    /// For the platform all attempts are the same activity, and waits for events are nothing at all: the results say what they were results
    /// of.
    /// </summary>
    [Theory]
    [InlineData(5, "step 3, activity 'do'")]
    [InlineData(6, "step 3, activity 'do-not'", "step 3, activity 'do'")]
    public async Task A_change_that_the_platform_does_not_see_is_seen_by_the_results(int version, params string[] named)
    {
        await using AzureWorkflowBed bed = new([typeof(Changing), typeof(Do), typeof(DoNot)]);
        bed.World.Failures["change"] = 7;
        bed.HoldsAttempts = true;
        await bed.StartAsync<Changing>("");
        await bed.RestartAsync();
        bed.World.Failures["change"] = version;
        bed.Simulation.Hub.ComparesInputs = false;
        bed.HoldsAttempts = false;
        await bed.SettleAsync();
        WorkflowStatus status = await bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowChanged), (status.State, status.Error!.Code));
        Assert.All(named, text => Assert.Contains(text, status.Error.Message, StringComparison.Ordinal));
        Assert.Equal(["one"], bed.World.Done);
    }

    [Fact]
    public async Task Who_waits_for_one_that_the_platform_has_failed_is_told_by_the_sweep()
    {
        await using AzureWorkflowBed bed = await HeldUpAsync(typeof(Waiting));
        ObjectAddress starter = ObjectAddress.OfName("starter", "s");
        await bed.CallAsync<object>(starter, "startText", "waiting", "parent", "");
        bed.HoldsAttempts = false;
        await bed.SettleAsync();
        bed.World.Failures["change"] = 1;
        await bed.Workflows.RaiseAsync("child", "go");
        Assert.Equal(WorkflowState.Running, (await bed.StatusAsync("parent")).State);
        for (int sweep = 0; sweep < 2; sweep++)
        {
            await bed.SweepAsync();
            Assert.Equal(ErrorCodes.WorkflowChanged, await bed.OutputAsync<string>("parent"));
        }
    }

    private static async Task<AzureWorkflowBed> HeldUpAsync(params Type[] more)
    {
        AzureWorkflowBed bed = new([typeof(Changing), typeof(Do), .. more]);
        bed.HoldsAttempts = true;
        await bed.StartAsync<Changing>("");
        bed.Simulation.HoldsActivities = false;
        while (bed.World.Done.IsEmpty)
        {
            await bed.Simulation.StepAsync(mayWait: false);
        }
        bed.HoldsAttempts = true;
        await bed.SettleAsync();
        Assert.Equal(1, bed.WaitingAttempts);
        await bed.RestartAsync();
        return bed;
    }

    /// <summary>Waits for a child that waits for an event, and gives the child's error.</summary>
    [Workflow("waiting")]
    private sealed class Waiting : Workflow<string, string>
    {
        protected override async Task<string> RunAsync(WorkflowContext context, string input)
        {
            try
            {
                return await context.Child<Changing, string, string>("wait", "child");
            }
            catch (DurableObjectException error)
            {
                return error.Code;
            }
        }
    }

    /// <summary>Another activity of the same shape.</summary>
    [Activity("do-not")]
    private sealed class DoNot : Activity<string, string>
    {
        protected override Task<string> RunAsync(ActivityContext context, string input) =>
            throw new NotSupportedException("Nobody wants this.");
    }

    /// <summary>Its code is another one after each deployment, for which a number in the world stands.</summary>
    [Workflow("changing")]
    private sealed class Changing(World world) : Workflow<string, string>
    {
        protected override async Task<string> RunAsync(WorkflowContext context, string input)
        {
            int version = world.Failures.GetValueOrDefault("change");
            if (input == "wait")
            {
                if (version == 1)
                {
                    await context.Sleep(TimeSpan.FromSeconds(1));
                }
                await context.Activity<Do, string, string>("child's");
                await context.WaitForEvent<string>("go");
                return "";
            }
            context.Compensate(() => context.Activity<Do, string, string>("undone"));
            if (version >= 5)
            {
                Task events = Task.WhenAll(
                    context.WaitForEvent<string>("one"), context.WaitForEvent<string>(version == 5 ? "other" : "two"));
                Task<string?> first = version == 6
                    ? context.Activity<string>("do-not", "one")
                    : context.Activity<string>("do", "one");
                await Task.WhenAny(first, events);
                return await first ?? "";
            }
            if (version == 3)
            {
                await context.Sleep(TimeSpan.FromSeconds(1));
            }
            string result = await context.Activity<Do, string, string>("one");
            switch (version)
            {
                case 1:
                    await context.Sleep(TimeSpan.FromSeconds(1));
                    break;
                case 2:
                    return result;
            }
            result += await context.Activity<Do, string, string>("two");
            return result + await context.Activity<Do, string, string>(version == 4 ? "four" : "three");
        }
    }
}
