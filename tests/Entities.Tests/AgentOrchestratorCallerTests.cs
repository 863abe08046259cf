using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorCallerTests : AgentOrchestratorTest
{
    [Fact]
    public async Task Nobody_but_the_runtime_reports_attempts_and_ends()
    {
        IAgentAttempts attempts = Host.Objects.Get<IAgentAttempts>(Address, Caller.Anonymous);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempted("w", 1, null, null));
        IAgentEnds ends = Host.Objects.Get<IAgentEnds>(Address, Caller.Anonymous);
        WorkflowStatus failed = new("w", AgentTaskWorkflow.Name, WorkflowState.Failed, Start);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Stands(null));
    }

    [Fact]
    public async Task Another_object_reports_no_attempts_and_no_ends_whatever_it_is_told_to_signal()
    {
        Caller other = Caller.Of($"object:scheduler/{Host.Address<IScheduler>("jobs").Id}", Caller.Object);
        WorkflowStatus failed = new("w", AgentTaskWorkflow.Name, WorkflowState.Failed, Start);
        IAgentAttempts attempts = Host.Objects.Get<IAgentAttempts>(Address, other);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempted("w", 1, null, null));
        IAgentEnds ends = Host.Objects.Get<IAgentEnds>(Address, other);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Stands(null));

        // A workflow reports ends, and makes no attempts: that its activities do.
        Caller workflow = Caller.Of($"object:workflow/{ObjectId.FromName("workflow", "w")}", Caller.Object);
        await Host.Objects.Get<IAgentEnds>(Address, workflow).Ended(failed);
        IAgentAttempts its = Host.Objects.Get<IAgentAttempts>(Address, workflow);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => its.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => its.Attempted("w", 1, null, null));
    }

    [Fact]
    public async Task An_output_is_not_forged_by_a_scheduler()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a")], "p");
        string workflow = Host.WaitingSignals.Single(signal => signal.Receiver.ClassName == "workflow").Receiver.Key;
        IScheduler jobs = Host.Objects.Get<IScheduler>("jobs");
        await jobs.Schedule(
            "attempt", delaySeconds: 0,
            target: new JobTarget(
                "agent-orchestrator", "crew", "attempted", [Json(workflow), Json(0), Json("forged"), Json<string?>(null)]));
        await jobs.Schedule(
            "workflow", delaySeconds: 0,
            target: new JobTarget("workflow", workflow, "command", [Json(new { verb = "terminate", reason = "forged" })]));
        Host.DeliversAutomatically = true;
        await Host.TickAsync();

        Assert.Contains("workflow", (await jobs.Runs()).Single(run => run.Error is not null).Error, StringComparison.Ordinal);
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded");
        Assert.Equal("did a", (await Crew.Status("p")).Tasks[0].Output!.Value.GetString());
    }
}
