using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>Makes one poll for a <see cref="PollCoordinator"/>, outside of its turns. It is started by the coordinator and by nobody else.</summary>
[Workflow(Name)]
public sealed class PollWorkflow : Workflow<PollOrder, bool>
{
    /// <summary>Its published name.</summary>
    public const string Name = "poll";

    /// <inheritdoc/>
    protected override Task<bool> RunAsync(WorkflowContext context, PollOrder input)
    {
        ArgumentNullException.ThrowIfNull(context);
        // What the source does is no failure here: the coordinator decides when it is asked again. What is retried is the way to the coordinator.
        return context.Activity<PollActivity, PollOrder, bool>(
            input, new ActivityOptions { Timeout = PollCoordinator.PollTimeout + PollCoordinator.Overhead });
    }
}
