using DurableObjects.Workflows;

namespace DurableObjects.Tests.Workflows;

/// <summary>A workflow goes on with code that is not the one that it began with.</summary>
public sealed class WorkflowChangeTests
{
    [Theory]
    [InlineData("other", "step 2, sleep", "step 2, activity 'do'")]
    [InlineData("less", "step 2, activity 'do'", "does not ask for any more")]
    [InlineData("before", "step 1, activity 'do'", "step 1, sleep")]
    public async Task It_stops_with_an_error_that_names_the_step_and_does_nothing_else(string change, params string[] named)
    {
        await using WorkflowBed bed = new(workflows: [typeof(Changing), typeof(Do)]);
        bed.Host.DeliversAutomatically = false;
        await bed.StartAsync<Changing>("");
        await bed.Host.DeliverAsync(1);
        Assert.Single(bed.World.Done);
        await bed.Host.HibernateAllAsync();
        bed.World.Failures["change"] = Array.IndexOf(["none", "other", "less", "before"], change);

        await bed.Host.DeliverAsync();

        WorkflowStatus status = await bed.StatusAsync();
        Assert.Equal((WorkflowState.Failed, ErrorCodes.WorkflowChanged), (status.State, status.Error!.Code));
        Assert.All(named, text => Assert.Contains(text, status.Error.Message, StringComparison.Ordinal));
        // The attempt that was under way is the last that was ever made, and no compensation ran.
        Assert.Equal(["one", "two"], bed.World.Done);
        Assert.Empty(bed.Host.WaitingSignals);
    }

    [Fact]
    public async Task Code_that_only_goes_on_differently_is_no_change()
    {
        await using WorkflowBed bed = new(workflows: [typeof(Changing), typeof(Do)]);
        bed.Host.DeliversAutomatically = false;
        await bed.StartAsync<Changing>("");
        await bed.Host.DeliverAsync(1);
        await bed.Host.HibernateAllAsync();
        bed.World.Failures["change"] = 4;
        await bed.Host.DeliverAsync();
        Assert.Equal("one!two!four!", await bed.OutputAsync<string>());
    }

    /// <summary>Its code is another one after each deployment, for which a number in the world stands.</summary>
    [Workflow("changing")]
    private sealed class Changing(World world) : Workflow<string, string>
    {
        protected override async Task<string> RunAsync(WorkflowContext context, string input)
        {
            int version = world.Failures.GetValueOrDefault("change");
            context.Compensate(() => context.Activity<Do, string, string>("undone"));
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
