using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>Makes one poll for a <see cref="PollCoordinator"/>, which starts it, outside of its turns.</summary>
[Workflow(Name)]
public sealed class PollWorkflow : Workflow<PollOrder, bool>
{
    /// <summary>Its published name.</summary>
    public const string Name = "source-poll";

    /// <inheritdoc/>
    protected override Task<bool> RunAsync(WorkflowContext context, PollOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        // What the source does is no failure here: the coordinator decides when it is asked again. What is retried is the way to that.
        return context.Activity<PollActivity, PollOrder, bool>(
            input, new ActivityOptions { Timeout = PollLimits.PollTimeout + PollLimits.Overhead });
    }
}
