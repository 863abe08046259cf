using System.Text.Json;
using DurableObjects.Hosting;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorRecoveryTests : AgentOrchestratorTest
{
    [Fact]
    public async Task A_process_that_dies_after_an_output_was_noted_does_not_ask_the_agent_again()
    {
        int attempts = 0;
        Host.LosesOutcome = () => ++attempts == 1;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        Host.LosesOutcome = null;
        await Host.DrainAsync();

        Assert.Equal(["a", "b"], Agents.Asked.Select(asked => asked.Task));
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
        Assert.All((await Crew.Status("p")).Tasks, task => Assert.Equal(1, task.Attempts));
    }

    [Fact]
    public async Task A_task_whose_workflow_is_lost_is_begun_anew()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b")], "p");
        await Host.DeliverAsync(2);
        foreach (ObjectAddress workflow in Host.WaitingSignals
            .Select(signal => signal.Sender!).Where(one => one.ClassName == "workflow").ToList())
        {
            await Host.PurgeAsync(workflow, CancellationToken.None);
        }
        Agents.Asked.Clear();
        Host.DeliversAutomatically = true;
        // What the lost workflows asked for is lost with them.
        await Host.DrainAsync();
        await Host.AdvanceAsync(TimeSpan.FromHours(1));
        await Host.DrainAsync();

        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
    }

    [Fact]
    public async Task After_a_return_a_task_whose_workflow_has_completed_meanwhile_is_begun_anew()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        ObjectRecovery recovery = new(Host);
        string running = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        Host.DeliversAutomatically = true;
        await Host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");

        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await recovery.RestoreAsync(Address, running, Caller.Runtime, CancellationToken.None);
        await AssertAsync("p", AgentPlanState.Running, "running", "waiting");
        await Host.AdvanceAsync(TimeSpan.FromHours(1));

        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
        Assert.Equal(["a", "b", "a", "b"], Agents.Asked.Select(asked => asked.Task));
    }

    [Fact]
    public async Task Of_two_tasks_that_are_asked_after_one_is_asked_first_so_that_no_answer_is_taken_for_the_others()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a")], "p");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Crew.Submit([Of("b")], "q");
        string[] Asked() => [.. Host.WaitingSignals
            .Where(signal => JsonSerializer.Deserialize<JsonElement>(signal.Arguments.Span)[0].GetProperty("verb").GetString() == "query")
            .Select(signal => signal.Receiver.Key)];

        await Host.AdvanceAsync(TimeSpan.FromMinutes(69) - TimeSpan.FromMilliseconds(1));
        Assert.Single(Asked());
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Asked().Distinct().Count());

        Host.DeliversAutomatically = true;
        await Host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded");
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
        Assert.Equal(["a", "b"], Agents.Asked.Select(asked => asked.Task));
    }
}
