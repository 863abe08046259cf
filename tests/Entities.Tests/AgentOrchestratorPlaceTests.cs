using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorPlaceTests : AgentOrchestratorTest
{
    [Fact]
    public async Task An_agent_never_has_more_tasks_than_it_may_of_all_plans_together()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([.. Enumerable.Range(1, 6).Select(i => Of($"{i}"))], "p");
        await Crew.Submit([new AgentTask("x", "single"), Of("7"), new AgentTask("y", "single")], "q");

        Assert.Equal(4, await RunningAsync("writer"));
        Assert.Equal(1, await RunningAsync("single"));
        await AssertAsync("q", AgentPlanState.Running, "running", "ready", "ready");
        await Host.HibernateAllAsync(rebuild: true);
        int most = 0;
        while (await Host.DeliverAsync(1) > 0)
        {
            most = Math.Max(most, await RunningAsync("writer"));
        }
        Assert.Equal(4, most);
        // First come, first served.
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], Agents.Asked.Where(asked => asked.Agent == "writer").Select(asked => asked.Task));
        Assert.Equal(["x", "y"], Agents.Asked.Where(asked => asked.Agent == "single").Select(asked => asked.Task));
        Assert.Equal(AgentPlanState.Succeeded, (await Crew.Status("q")).State);
    }

    [Fact]
    public async Task A_cancelled_plan_ends_at_once_and_begins_nothing_more()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([new AgentTask("a", "single"), new AgentTask("b", "single"), Of("c", "a")], "p");
        await Crew.Submit([new AgentTask("next", "single")], "q");

        Assert.True(await Crew.Cancel("p"));
        Assert.False(await Crew.Cancel("p"));
        await AssertAsync("p", AgentPlanState.Cancelled, "cancelled", "cancelled", "cancelled");
        Assert.Equal("Cancelled by an anonymous caller.", (await Crew.Status("p")).Tasks[0].Error);
        // Nothing was asked yet, so its place was free at once.
        await AssertAsync("q", AgentPlanState.Running, "running");
        await Host.DeliverAsync();

        Assert.Equal(["next"], Agents.Asked.Select(asked => asked.Task));
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task A_cancelled_task_at_work_keeps_its_place_until_its_answer_comes_which_is_dropped()
    {
        await Crew.Submit([new AgentTask("a", "single")], "p");
        List<string> states = [];
        Agents.Answer = async request =>
        {
            if (request.Plan == "first")
            {
                await Crew.Cancel("first");
                await Crew.Submit([new AgentTask("next", "single")], "second");
                states.Add(string.Join(' ', (await Crew.Status("second")).Tasks.Select(task => task.State)));
            }
            return AgentCrew.Json("answer");
        };
        await Crew.Submit([new AgentTask("long", "single")], "first");

        Assert.Equal(["Ready"], states);
        await AssertAsync("first", AgentPlanState.Cancelled, "cancelled");
        Assert.Null((await Crew.Status("first")).Tasks[0].Output);
        await AssertAsync("second", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task The_place_of_a_cancelled_attempt_that_is_never_heard_of_is_free_after_its_time()
    {
        // The process dies in the attempt: nobody reports its end.
        IAgentAttempts attempts = Host.Objects.Get<IAgentAttempts>(Address, Caller.Runtime);
        Host.DeliversAutomatically = false;
        await Crew.Submit([new AgentTask("long", "single")], "first");
        string workflow = Host.WaitingSignals.Single(signal => signal.Receiver.ClassName == "workflow").Receiver.Key;
        await attempts.Attempting(workflow, 1);
        await Crew.Cancel("first");
        await Crew.Submit([new AgentTask("next", "single")], "second");
        Host.DeliversAutomatically = true;

        await Host.AdvanceAsync(TimeSpan.FromSeconds(74.999));
        await AssertAsync("second", AgentPlanState.Running, "ready");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        await Host.DeliverAsync();
        await AssertAsync("second", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task The_place_of_a_task_whose_workflow_was_terminated_is_taken_while_its_attempt_is_at_work()
    {
        List<string> states = [];
        Agents.Answer = async request =>
        {
            if (request.Task == "long")
            {
                string workflow = (await Host.Workflows.ListAsync(new WorkflowFilter(null, null), null, 10, CancellationToken.None))
                    .Items.Single().Id;
                await Host.Workflows.CommandAsync(
                    workflow, new WorkflowCommand(WorkflowVerb.Terminate) { Reason = "enough" }, CancellationToken.None);
                WorkflowStatus ended = (await Host.Workflows.FindAsync(workflow, false, CancellationToken.None))!;
                await Host.Objects.Get<IAgentEnds>(Address, Caller.Runtime).Ended(ended);
                states.Add(string.Join(' ', (await Crew.Status("p")).Tasks.Select(task => task.State)));
            }
            return AgentCrew.Json("answer");
        };
        await Crew.Submit([new AgentTask("long", "single"), new AgentTask("next", "single")], "p", continueOnFailure: true);

        Assert.Equal(["Failed Ready"], states);
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded");
    }

    private async Task<int> RunningAsync(string agent)
    {
        int running = 0;
        foreach (AgentPlan plan in await Crew.List())
        {
            running += (await Crew.Status(plan.Id)).Tasks.Count(task => task.Agent == agent && task.State == AgentTaskState.Running);
        }
        return running;
    }
}
