using System.Text.Json;
using DurableObjects.Harness;
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
    public async Task That_there_is_no_such_workflow_counts_for_the_one_that_was_asked_however_late_it_is_said()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a")], "p");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Crew.Submit([Of("b")], "q");
        string[] begun = Told("start");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(59) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(Told("query"));
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(begun[..1], Told("query"));
        await Host.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(begun, Told("query"));

        await Answers("unknown").Stands(null);
        Assert.Empty(Told("terminate"));
        await Answers(begun[0]).Stands(null);
        await Answers(begun[0]).Stands(null);
        Assert.Equal(begun[..1], Told("terminate"));
        Assert.Equal(3, Told("start").Length);

        await Answers(begun[1]).Stands(null);
        Assert.Equal(begun, Told("terminate"));
        Assert.Equal(4, Told("start").Length);

        string[] Told(string verb) => [.. Host.WaitingSignals
            .Where(signal => JsonSerializer.Deserialize<JsonElement>(signal.Arguments.Span)[0].GetProperty("verb").GetString() == verb)
            .Select(signal => signal.Receiver.Key)];

        IAgentEnds Answers(string workflow) => Host.Objects.Get<IAgentEnds>(Address, Caller.Of($"workflow:{workflow}", Caller.Workflow));
    }

    [Fact]
    public async Task Many_tasks_are_asked_after_a_hundred_in_a_turn()
    {
        await using TestHost host = Agents.Host(AgentCrew.ByHttp("writer", concurrency: 100), AgentCrew.ByHttp("other", concurrency: 100));
        host.DeliversAutomatically = false;
        IAgentOrchestrator crew = host.Objects.Get<IAgentOrchestrator>("crew");
        await crew.Submit([.. Enumerable.Range(0, 70).Select(i => Of($"{i}"))], "p");
        await crew.Submit([.. Enumerable.Range(0, 70).Select(i => Of($"{i}") with { Agent = "other" })], "q");

        await host.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(140 + 100, host.WaitingSignals.Count);
        await host.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(140 + 140, host.WaitingSignals.Count);
    }

    [Fact]
    public async Task Tasks_that_are_asked_after_and_run_go_on()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b")], "p");
        await Host.AdvanceAsync(TimeSpan.FromHours(1));

        Host.DeliversAutomatically = true;
        await Host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
        Assert.Equal(["a", "b"], Agents.Asked.Select(asked => asked.Task));
    }
}
