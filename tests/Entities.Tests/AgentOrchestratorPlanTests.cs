using System.Text.Json;
using DurableObjects.Harness;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorPlanTests : AgentOrchestratorTest
{
    [Fact]
    public async Task Tasks_run_after_those_that_they_depend_on_and_get_their_outputs()
    {
        await Crew.Submit([Of("d", "b", "c"), Of("b", "a"), Of("c", "a"), new AgentTask("a", "writer", Json(new { topic = "x" }))], "p");

        AgentPlanStatus status = await Crew.Status("p");
        Assert.Equal((AgentPlanState.Succeeded, Start, Start), (status.State, status.CreatedAt, status.EndedAt));
        Assert.Equal(["d", "b", "c", "a"], status.Tasks.Select(task => task.Id));
        Assert.All(status.Tasks, task => Assert.Equal((AgentTaskState.Succeeded, 1, null), (task.State, task.Attempts, task.Error)));
        Assert.Equal("did d", status.Tasks[0].Output!.Value.GetString());
        Assert.Equal(["b", "c"], status.Tasks[0].DependsOn);
        Assert.Equal(["a", "b", "c", "d"], Agents.Asked.Select(asked => asked.Task));
        Assert.Equal("x", Agents.Asked[0].Input!.Value.GetProperty("topic").GetString());
        Assert.Equal(
            new Dictionary<string, string?> { ["b"] = "did b", ["c"] = "did c" },
            Agents.Asked[3].Outputs.ToDictionary(one => one.Key, one => one.Value?.GetString()));
        Assert.All((await Crew.Status("p", outputs: false)).Tasks, task => Assert.Null(task.Output));
    }

    [Fact]
    public async Task Inputs_and_outputs_of_a_plan_are_bounded_together()
    {
        Agents.Answer = _ => Task.FromResult(AgentCrew.Json(new string('x', 250_000)));
        await Crew.Submit([Of("a"), Of("b"), Of("c"), Of("d"), Of("e")], "p", continueOnFailure: true);
        Assert.Equal(4, (await Crew.Status("p")).Tasks.Count(task => task.State == AgentTaskState.Succeeded));
        Assert.Contains("1,048,576", (await Crew.Status("p")).Tasks.Single(task => task.Error is not null).Error, StringComparison.Ordinal);

        await Expect.InvalidArgument(
            () => Crew.Submit([new AgentTask("a", "writer", Json(new string('x', AgentOrchestratorLimits.PlanBytes - 1)))]), "1,048,577");
        await Expect.InvalidArgument(
            () => Crew.Submit([.. "ab".Select(id => new AgentTask($"{id}", "writer", Json(new string('x', 600_000))))]),
            "together");
    }

    [Fact]
    public async Task After_a_failure_what_has_not_begun_is_skipped()
    {
        Agents.Answer = request => Task.FromResult(AgentCrew.Status(request.Task == "a" ? 400 : request.Attempt == 1 ? 500 : 200));
        await Crew.Submit([Of("a"), new AgentTask("x", "single"), new AgentTask("y", "single"), Of("c", "a"), Of("e", "c")], "p");
        await AssertAsync("p", AgentPlanState.Running, "failed", "running", "skipped", "skipped", "skipped");
        Assert.Equal("The task 'a' failed.", (await Crew.Status("p")).Tasks[2].Error);

        // What had begun goes on to its end.
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded", "skipped", "skipped", "skipped");
    }

    [Fact]
    public async Task After_a_failure_a_plan_that_continues_skips_only_what_depends_on_it()
    {
        Agents.Answer = request => Task.FromResult(AgentCrew.Status(request.Task == "a" ? 400 : 200));
        await Crew.Submit([Of("a"), Of("b"), Of("c", "a"), Of("d", "b"), Of("e", "c", "b"), Of("f", "d")], "p", continueOnFailure: true);
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded", "skipped", "succeeded", "skipped", "succeeded");
    }

    [Fact]
    public async Task A_cancelled_task_is_for_the_others_as_one_that_failed()
    {
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a"), Of("c")], "p", continueOnFailure: true);
        Assert.True(await Crew.CancelTask("p", "a"));
        Assert.False(await Crew.CancelTask("p", "a"));
        await Expect.Refusal(404, AgentOrchestrator.UnknownTask, () => Crew.CancelTask("p", "z"), "'z'");
        await Host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Failed, "cancelled", "skipped", "succeeded");
        Assert.Equal("The task 'a' was cancelled.", (await Crew.Status("p")).Tasks[1].Error);
    }

    [Fact]
    public async Task Progress_is_told_of_a_plan_and_of_all()
    {
        TestSocket all = await Host.ConnectAsync(Address);
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        TestSocket one = await Host.ConnectAsync(Address, new Dictionary<string, string> { ["plan"] = "p" });
        await Crew.Submit([Of("x")], "other");
        await Host.DeliverAsync();

        Assert.Equal("plans", all.Received[0].Target);
        Assert.Equal("status", one.Received[0].Target);
        Assert.Equal(
            ["a running", "b waiting", "a running 1", "a succeeded 1", "b running", "b running 1", "b succeeded 1"],
            Told(all, "p"));
        Assert.Equal(["a running 1", "a succeeded 1", "b running", "b running 1", "b succeeded 1"], Told(one, "p"));
        Assert.Empty(Told(one, "other"));
        Assert.NotEmpty(Told(all, "other"));
        JsonElement last = Parse(one.Received[^1]);
        Assert.Equal("succeeded", last.GetProperty("state").GetString());
        Assert.Equal(2, last.GetProperty("counts").GetProperty("succeeded").GetInt32());
        await Expect.Refusal(
            404, AgentOrchestrator.UnknownPlan, () => Host.ConnectAsync(Address, new Dictionary<string, string> { ["plan"] = "z" }));
    }

    [Fact]
    public async Task Malformed_plans_are_refused_and_what_is_wrong_is_named()
    {
        await Refused([], "'tasks'", "1 to 100");
        await Refused([.. Enumerable.Range(0, 101).Select(i => Of($"{i}"))], "101");
        await Refused([Of("a"), Of("a")], "'a' twice");
        await Refused([Of("")], "'id'");
        await Refused([Of(new string('x', 65))], "'id'", "65");
        await Refused([null!], "null");
        await Refused([new AgentTask("a", "nobody")], "'nobody'", "'a'", "own, single, writer, wrong");
        await Refused([Of("a", "z")], "'a'", "'z'");
        await Refused([Of("a", "b", "b"), Of("b")], "twice");
        await Refused([Of("a", "a")], "a → a");
        await Refused([Of("x", "a"), Of("a", "b"), Of("b", "c"), Of("c", "a")], "a → b → c → a");
        string[] ids = [.. Enumerable.Range(0, 51).Select(i => $"{i}")];
        await Refused([.. ids.Select(id => Of(id)), Of("a", ids)], "51", "50");
        await Refused(
            [.. ids[..50].Select(id => Of(id)), .. Enumerable.Range(50, 21).Select(i => Of($"{i}", ids[..50]))],
            "1,050", "1,000");
        await Refused([new AgentTask("a", "writer", TimeoutSeconds: 0)], "'timeoutSeconds' of 'a'");
        await Refused([new AgentTask("a", "writer", TimeoutSeconds: 1_801)], "'timeoutSeconds' of 'a'", "1800");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(0))], "'maxAttempts' of 'a'");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(101))], "'maxAttempts' of 'a'", "100");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(MaxDelaySeconds: 3_601))], "'maxDelaySeconds' of 'a'");
        await Refused(
            [new AgentTask("a", "writer", Retry: new AgentRetry(FirstDelaySeconds: 9, MaxDelaySeconds: 8))],
            "'retry' of 'a'", "FirstDelay");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(Factor: 0.9))], "'retry' of 'a'", "Factor");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(Jitter: 1.1))], "'retry' of 'a'", "Jitter");
        JsonElement deep = JsonSerializer.Deserialize<JsonElement>(new string('[', 33) + new string(']', 33));
        await Refused([new AgentTask("a", "writer", deep)], "'input' of 'a' is nested", "32");
        await Expect.InvalidArgument(() => Crew.Submit([Of("a")], ""), "'planId'");
        await Expect.InvalidArgument(() => Crew.List(limit: 0), "'limit'");
        await Expect.InvalidArgument(() => Crew.List(limit: 101), "'limit'");
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.Status("p"), "'p'");
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.Cancel("p"));
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.List(before: "p"));
        Assert.False(Host.SummaryOf(Address).Exists);
        Assert.Empty(Agents.Asked);
    }

    [Fact]
    public async Task A_plan_of_the_largest_size_runs()
    {
        Host.DeliversAutomatically = false;
        TestSocket socket = await Host.ConnectAsync(Address);
        await Crew.Submit(
            [
                .. Enumerable.Range(0, 50).Select(i => Of(Name(i))),
                .. Enumerable.Range(50, 20).Select(i => Of(Name(i), [.. Enumerable.Range(0, 50).Select(Name)])),
                .. Enumerable.Range(70, 30).Select(i => Of(Name(i))),
            ],
            "p");
        await Crew.Cancel("p");
        Assert.Equal(3, socket.Received.Count);
        Assert.Equal(100, Parse(socket.Received[2]).GetProperty("counts").GetProperty("cancelled").GetInt32());

        static string Name(int i) => new string('\u0001', 62) + $"{i:00}";
    }

    [Fact]
    public async Task Plans_are_listed_newest_first()
    {
        await Crew.Submit([Of("a")], "one");
        Host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a")], "two");
        await Crew.Submit([Of("a")], "three");

        IReadOnlyList<AgentPlan> plans = await Crew.List();
        Assert.Equal(["three", "two", "one"], plans.Select(plan => plan.Id));
        Assert.Equal(
            new Dictionary<AgentTaskState, int> { [AgentTaskState.Running] = 1, [AgentTaskState.Waiting] = 1 }, plans[1].Tasks);
        Assert.Equal(["one"], (await Crew.List(before: "two")).Select(plan => plan.Id));
        Assert.Equal(["two"], (await Crew.List(AgentPlanState.Running, 1, "three")).Select(plan => plan.Id));
        Assert.Equal(["one"], (await Crew.List(AgentPlanState.Succeeded)).Select(plan => plan.Id));
    }

    [Fact]
    public async Task Plans_that_have_not_ended_are_bounded_and_ids_used_once()
    {
        Host.DeliversAutomatically = false;
        for (int i = 0; i < AgentOrchestratorLimits.MaxOpenPlans; i++)
        {
            await Crew.Submit([Of("a")], $"{i}");
        }
        await Expect.Refusal(409, AgentOrchestrator.PlanExists, () => Crew.Submit([Of("a")], "7"), "'7'");
        await Expect.Refusal(409, AgentOrchestrator.TooManyPlans, () => Crew.Submit([Of("a")], "more"), "50");
        await Crew.Cancel("7");
        await Crew.Submit([Of("a")], "more");
    }

    [Fact]
    public async Task Plans_that_have_ended_are_kept_for_a_week_the_newest_fifty()
    {
        for (int i = 0; i <= AgentOrchestratorLimits.MaxEndedPlans; i++)
        {
            await Crew.Submit([Of("a")], $"{i}");
        }
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.Status("0"));
        Assert.Equal(50, (await Crew.List(limit: 100)).Count);

        await Host.AdvanceAsync(AgentOrchestratorLimits.Retention - TimeSpan.FromMilliseconds(1));
        Assert.Equal(50, (await Crew.List(limit: 100)).Count);
        await Host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(Host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_plan_that_is_forgotten_wakes_nobody_until_the_next_is()
    {
        await Crew.Submit([Of("a")], "p");
        await Host.AdvanceAsync(TimeSpan.FromHours(3));
        await Crew.Submit([Of("a")], "q");

        await Host.AdvanceAsync(AgentOrchestratorLimits.Retention - TimeSpan.FromHours(3));
        Assert.Equal(["q"], (await Crew.List()).Select(plan => plan.Id));
        Assert.Equal(Start + TimeSpan.FromHours(3) + AgentOrchestratorLimits.Retention, Host.SummaryOf(Address).Alarm);
    }

    private static JsonElement Parse(SocketReceipt receipt) => JsonSerializer.Deserialize<JsonElement>(receipt.Arguments)[0];

    private static IEnumerable<string> Told(TestSocket socket, string plan) => socket.Received
        .Where(one => one.Target == "progress").Select(Parse).Where(one => one.GetProperty("plan").GetString() == plan)
        .SelectMany(one => one.GetProperty("changed").EnumerateArray())
        .Select(task => $"{task.GetProperty("id")} {task.GetProperty("state")} {task.GetProperty("attempts")}"
            .Replace(" 0", "", StringComparison.Ordinal));

    private Task Refused(IReadOnlyList<AgentTask> tasks, params IReadOnlyList<string> says) =>
        Expect.InvalidArgument(() => Crew.Submit(tasks, "p"), says);
}
