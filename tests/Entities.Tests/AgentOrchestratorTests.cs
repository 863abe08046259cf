using System.Net;
using System.Text.Json;
using DurableObjects.Breakers;
using DurableObjects.Harness;
using DurableObjects.Hosting;
using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = FakeClock.DefaultStart;

    private readonly AgentCrew _crew = new();
    private readonly TestHost _host;

    public AgentOrchestratorTests() => _host = _crew.Host(
        AgentCrew.ByHttp("writer"), AgentCrew.ByHttp("single", concurrency: 1),
        new AgentSettings { Name = "own", Activity = "echo", Retry = RetryPolicy.None },
        new AgentSettings { Name = "wrong", Activity = "no-agent" });

    private IAgentOrchestrator Crew => _host.Objects.Get<IAgentOrchestrator>("crew");

    private ObjectAddress Address => _host.Address<IAgentOrchestrator>("crew");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

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
        Assert.Equal(["a", "b", "c", "d"], _crew.Asked.Select(asked => asked.Task));
        Assert.Equal("x", _crew.Asked[0].Input!.Value.GetProperty("topic").GetString());
        Assert.Equal(
            new Dictionary<string, string?> { ["b"] = "did b", ["c"] = "did c" },
            _crew.Asked[3].Outputs.ToDictionary(one => one.Key, one => one.Value?.GetString()));
        Assert.All((await Crew.Status("p", outputs: false)).Tasks, task => Assert.Null(task.Output));
    }

    [Fact]
    public async Task An_agent_is_posted_to_with_its_headers_and_one_key_for_all_attempts()
    {
        _crew.Answer = request => Task.FromResult(request.Attempt == 1 ? AgentCrew.Status(503) : AgentCrew.Json(1));
        await Crew.Submit([Of("a")], "p");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([1, 2], _crew.Asked.Select(asked => asked.Attempt));
        Assert.Equal(("p", "a", "writer"), (_crew.Asked[0].Plan, _crew.Asked[0].Task, _crew.Asked[0].Agent));
        Assert.All(_crew.Requests, request =>
        {
            Assert.Equal((HttpMethod.Post, "https://agents.example/writer"), (request.Method, request.RequestUri!.ToString()));
            Assert.Equal("Bearer writer", request.Headers.Authorization!.ToString());
        });
        Assert.Single(_crew.Requests.Select(request => request.Headers.GetValues("Idempotency-Key").Single()).Distinct());
    }

    [Fact]
    public async Task An_agent_may_be_an_activity_of_the_applications()
    {
        await Crew.Submit([new AgentTask("a", "own", Json("x")), new AgentTask("b", "own", Json("y"), ["a"])], "p");
        JsonElement output = (await Crew.Status("p")).Tasks[1].Output!.Value;
        Assert.Equal("y", output.GetProperty("input").GetString());
        Assert.Equal("x", output.GetProperty("outputs").GetProperty("a").GetProperty("input").GetString());

        await Crew.Submit([new AgentTask("a", "own", Json("fail"))], "q");
        Assert.Contains("as its input says", (await Crew.Status("q")).Tasks[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_that_is_no_agent_fails_the_task()
    {
        await Crew.Submit([new AgentTask("a", "wrong")], "p");
        AgentTaskStatus task = (await Crew.Status("p")).Tasks[0];
        Assert.Equal(AgentTaskState.Failed, task.State);
        Assert.Contains("'wrong' does not derive from Agent", task.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fails_is_tried_again_after_growing_delays_and_then_the_task_has_failed()
    {
        List<DateTimeOffset> times = [];
        _crew.Answer = _ =>
        {
            times.Add(_host.Clock.GetUtcNow());
            return Task.FromResult(AgentCrew.Status(500));
        };
        await Crew.Submit([Of("a")], "p");
        AgentTaskStatus running = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Running, 1), (running.State, running.Attempts));
        Assert.Equal("agent-failed: The agent answered 500.", running.Error);

        await _host.AdvanceAsync(TimeSpan.FromSeconds(100));

        Assert.Equal([Start, Start.AddSeconds(1), Start.AddSeconds(3)], times);
        AgentPlanStatus status = await Crew.Status("p");
        Assert.Equal((AgentPlanState.Failed, AgentTaskState.Failed, 3), (status.State, status.Tasks[0].State, status.Tasks[0].Attempts));
        Assert.Equal((Start, Start.AddSeconds(3)), (status.Tasks[0].StartedAt, status.Tasks[0].EndedAt));
    }

    [Fact]
    public async Task A_task_may_have_its_own_retries()
    {
        _crew.Answer = _ => Task.FromResult(AgentCrew.Status(500));
        await Crew.Submit(
            [
                new AgentTask("a", "writer", Retry: new AgentRetry(2, 10, 10, 1, 0)),
                new AgentTask("b", "writer", Retry: new AgentRetry(1)),
            ],
            "p");
        Assert.Equal([1, 1], (await Crew.Status("p")).Tasks.Select(task => task.Attempts));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(9.999));
        Assert.Equal(1, (await Crew.Status("p")).Tasks[0].Attempts);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.Equal([2, 1], (await Crew.Status("p")).Tasks.Select(task => task.Attempts));
        Assert.Equal(AgentPlanState.Failed, (await Crew.Status("p")).State);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(422)]
    public async Task What_an_agent_refuses_is_not_tried_again(int status)
    {
        _crew.Answer = _ => Task.FromResult(AgentCrew.Status(status));
        await Crew.Submit([Of("a")], "p");
        AgentTaskStatus task = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Failed, 1, $"agent-refused: The agent answered {status}."), (task.State, task.Attempts, task.Error));
    }

    [Fact]
    public async Task An_agent_says_when_it_wants_to_be_asked_again_within_the_longest_delay()
    {
        _crew.Answer = request =>
        {
            HttpResponseMessage answer = AgentCrew.Status(request.Attempt < 3 ? 429 : 200);
            answer.Headers.TryAddWithoutValidation("Retry-After", request.Attempt == 1 ? "5" : "100");
            return Task.FromResult(answer);
        };
        await Crew.Submit([Of("a")], "p");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(4.999));
        Assert.Single(_crew.Asked);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.Equal(2, _crew.Asked.Count);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(8));
        AgentTaskStatus task = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Succeeded, null), (task.State, task.Output));
    }

    [Fact]
    public async Task Answers_that_are_no_JSON_or_too_large_or_too_deep_are_no_outputs()
    {
        _crew.Answer = request => Task.FromResult(request.Task switch
        {
            "text" => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") },
            "broken" => throw new HttpRequestException("reset"),
            "large" => AgentCrew.Json(new string('x', AgentOrchestratorLimits.OutputBytes)),
            "fits" => AgentCrew.Json(new string('x', AgentOrchestratorLimits.OutputBytes - 2)),
            _ => AgentCrew.Json(JsonSerializer.Deserialize<JsonElement>(new string('[', 33) + new string(']', 33))),
        });
        await Crew.Submit([Of("text"), Of("broken"), Of("large"), Of("fits"), Of("deep")], "p", continueOnFailure: true);
        // With that many failures its circuit opens in between.
        await _host.AdvanceAsync(TimeSpan.FromMinutes(10));

        Dictionary<string, AgentTaskStatus> tasks = (await Crew.Status("p")).Tasks.ToDictionary(task => task.Id);
        Assert.Equal([3, 3, 1, 1, 1], tasks.Values.Select(task => task.Attempts));
        Assert.Contains("not JSON", tasks["text"].Error, StringComparison.Ordinal);
        Assert.Contains("reset", tasks["broken"].Error, StringComparison.Ordinal);
        Assert.Contains("262,144", tasks["large"].Error, StringComparison.Ordinal);
        Assert.Contains("32 levels", tasks["deep"].Error, StringComparison.Ordinal);
        Assert.Equal(AgentTaskState.Succeeded, tasks["fits"].State);
    }

    [Fact]
    public async Task Inputs_and_outputs_of_a_plan_are_bounded_together()
    {
        _crew.Answer = _ => Task.FromResult(AgentCrew.Json(new string('x', 250_000)));
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
        _crew.Answer = request => Task.FromResult(AgentCrew.Status(request.Task == "a" ? 400 : request.Attempt == 1 ? 500 : 200));
        await Crew.Submit([Of("a"), new AgentTask("x", "single"), new AgentTask("y", "single"), Of("c", "a"), Of("e", "c")], "p");
        await AssertAsync("p", AgentPlanState.Running, "failed", "running", "skipped", "skipped", "skipped");
        Assert.Equal("The task 'a' failed.", (await Crew.Status("p")).Tasks[2].Error);

        // What had begun goes on to its end.
        await _host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded", "skipped", "skipped", "skipped");
    }

    [Fact]
    public async Task After_a_failure_a_plan_that_continues_skips_only_what_depends_on_it()
    {
        _crew.Answer = request => Task.FromResult(AgentCrew.Status(request.Task == "a" ? 400 : 200));
        await Crew.Submit([Of("a"), Of("b"), Of("c", "a"), Of("d", "b"), Of("e", "c", "b"), Of("f", "d")], "p", continueOnFailure: true);
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded", "skipped", "succeeded", "skipped", "succeeded");
    }

    [Fact]
    public async Task An_agent_never_has_more_tasks_than_it_may_of_all_plans_together()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([.. Enumerable.Range(1, 6).Select(i => Of($"{i}"))], "p");
        await Crew.Submit([new AgentTask("x", "single"), Of("7"), new AgentTask("y", "single")], "q");

        Assert.Equal(4, await RunningAsync("writer"));
        Assert.Equal(1, await RunningAsync("single"));
        await AssertAsync("q", AgentPlanState.Running, "running", "ready", "ready");
        await _host.HibernateAllAsync(rebuild: true);
        int most = 0;
        while (await _host.DeliverAsync(1) > 0)
        {
            most = Math.Max(most, await RunningAsync("writer"));
        }
        Assert.Equal(4, most);
        // First come, first served.
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], _crew.Asked.Where(asked => asked.Agent == "writer").Select(asked => asked.Task));
        Assert.Equal(["x", "y"], _crew.Asked.Where(asked => asked.Agent == "single").Select(asked => asked.Task));
        Assert.Equal(AgentPlanState.Succeeded, (await Crew.Status("q")).State);
    }

    [Fact]
    public async Task A_cancelled_plan_ends_at_once_and_begins_nothing_more()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([new AgentTask("a", "single"), new AgentTask("b", "single"), Of("c", "a")], "p");
        await Crew.Submit([new AgentTask("next", "single")], "q");

        Assert.True(await Crew.Cancel("p"));
        Assert.False(await Crew.Cancel("p"));
        await AssertAsync("p", AgentPlanState.Cancelled, "cancelled", "cancelled", "cancelled");
        Assert.Equal("Cancelled by an anonymous caller.", (await Crew.Status("p")).Tasks[0].Error);
        // Nothing was asked yet, so its place was free at once.
        await AssertAsync("q", AgentPlanState.Running, "running");
        await _host.DeliverAsync();

        Assert.Equal(["next"], _crew.Asked.Select(asked => asked.Task));
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task A_cancelled_task_at_work_keeps_its_place_until_its_answer_comes_which_is_dropped()
    {
        await Crew.Submit([new AgentTask("a", "single")], "p");
        List<string> states = [];
        _crew.Answer = async request =>
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
        IAgentAttempts attempts = _host.Objects.Get<IAgentAttempts>(Address, Caller.Runtime);
        _host.DeliversAutomatically = false;
        await Crew.Submit([new AgentTask("long", "single")], "first");
        string workflow = _host.WaitingSignals.Single(signal => signal.Receiver.ClassName == "workflow").Receiver.Key;
        await attempts.Attempting(workflow, 1);
        await Crew.Cancel("first");
        await Crew.Submit([new AgentTask("next", "single")], "second");
        _host.DeliversAutomatically = true;

        await _host.AdvanceAsync(TimeSpan.FromSeconds(74.999));
        await AssertAsync("second", AgentPlanState.Running, "ready");
        await _host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        await _host.DeliverAsync();
        await AssertAsync("second", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task A_cancelled_task_is_for_the_others_as_one_that_failed()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a"), Of("c")], "p", continueOnFailure: true);
        Assert.True(await Crew.CancelTask("p", "a"));
        Assert.False(await Crew.CancelTask("p", "a"));
        await Expect.Refusal(404, AgentOrchestrator.UnknownTask, () => Crew.CancelTask("p", "z"), "'z'");
        await _host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Failed, "cancelled", "skipped", "succeeded");
        Assert.Equal("The task 'a' was cancelled.", (await Crew.Status("p")).Tasks[1].Error);
    }

    [Fact]
    public async Task A_process_that_dies_after_an_output_was_noted_does_not_ask_the_agent_again()
    {
        int attempts = 0;
        _host.LosesOutcome = () => ++attempts == 1;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        _host.LosesOutcome = null;
        await _host.DrainAsync();

        Assert.Equal(["a", "b"], _crew.Asked.Select(asked => asked.Task));
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
        Assert.All((await Crew.Status("p")).Tasks, task => Assert.Equal(1, task.Attempts));
    }

    [Fact]
    public async Task A_task_whose_workflow_is_lost_is_begun_anew()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b")], "p");
        await _host.DeliverAsync(2);
        foreach (ObjectAddress workflow in _host.WaitingSignals
            .Select(signal => signal.Sender!).Where(one => one.ClassName == "workflow").ToList())
        {
            await _host.PurgeAsync(workflow, CancellationToken.None);
        }
        _crew.Asked.Clear();
        _host.DeliversAutomatically = true;
        // What the lost workflows asked for is lost with them.
        await _host.DrainAsync();
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        await _host.DrainAsync();

        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
    }

    [Fact]
    public async Task While_an_agents_circuit_is_open_its_tasks_wait()
    {
        _crew.Answer = _ => Task.FromResult(AgentCrew.Status(500));
        await Crew.Submit(
            [.. Enumerable.Range(1, 5).Select(i => new AgentTask($"{i}", "writer", Retry: new AgentRetry(1)))], "p",
            continueOnFailure: true);
        Assert.Equal(CircuitState.Open, (await _host.Objects.Get<ICircuitBreaker>("agent:writer").Status()).State);
        _crew.Answer = _ => Task.FromResult(AgentCrew.Status(200));
        int asked = _crew.Asked.Count;
        await Crew.Submit([Of("a")], "q");
        Assert.Equal(asked, _crew.Asked.Count);
        await AssertAsync("q", AgentPlanState.Running, "running");

        await _host.AdvanceAsync(TimeSpan.FromMinutes(2));
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
    }

    [Fact]
    public async Task Progress_is_told_of_a_plan_and_of_all()
    {
        TestSocket all = await _host.ConnectAsync(Address);
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        TestSocket one = await _host.ConnectAsync(Address, new Dictionary<string, string> { ["plan"] = "p" });
        await Crew.Submit([Of("x")], "other");
        await _host.DeliverAsync();

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
            404, AgentOrchestrator.UnknownPlan, () => _host.ConnectAsync(Address, new Dictionary<string, string> { ["plan"] = "z" }));
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
            [new AgentTask("a", "writer", Retry: new AgentRetry(FirstDelaySeconds: 9, MaxDelaySeconds: 8))], "'retry' of 'a'", "FirstDelay");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(Factor: 0.9))], "'retry' of 'a'", "Factor");
        await Refused([new AgentTask("a", "writer", Retry: new AgentRetry(Jitter: 1.1))], "'retry' of 'a'", "Jitter");
        JsonElement deep = JsonSerializer.Deserialize<JsonElement>(new string('[', 33) + new string(']', 33));
        await Refused([new AgentTask("a", "writer", deep)], "32");
        await Expect.InvalidArgument(() => Crew.Submit([Of("a")], ""), "'planId'");
        await Expect.InvalidArgument(() => Crew.List(limit: 0), "'limit'");
        await Expect.InvalidArgument(() => Crew.List(limit: 101), "'limit'");
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.Status("p"), "'p'");
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.Cancel("p"));
        await Expect.Refusal(404, AgentOrchestrator.UnknownPlan, () => Crew.List(before: "p"));
        Assert.False(_host.SummaryOf(Address).Exists);
        Assert.Empty(_crew.Asked);
    }

    [Fact]
    public async Task A_plan_of_the_largest_size_runs()
    {
        _host.DeliversAutomatically = false;
        TestSocket socket = await _host.ConnectAsync(Address);
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
        _host.DeliversAutomatically = false;
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
        _host.DeliversAutomatically = false;
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

        await _host.AdvanceAsync(AgentOrchestratorLimits.Retention - TimeSpan.FromMilliseconds(1));
        Assert.Equal(50, (await Crew.List(limit: 100)).Count);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task Nobody_but_the_runtime_reports_attempts_and_ends()
    {
        IAgentAttempts attempts = _host.Objects.Get<IAgentAttempts>(Address, Caller.Anonymous);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempted("w", 1, null, null));
        IAgentEnds ends = _host.Objects.Get<IAgentEnds>(Address, Caller.Anonymous);
        WorkflowStatus failed = new("w", AgentTaskWorkflow.Name, WorkflowState.Failed, Start);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Stands(null));
    }

    [Fact]
    public async Task Another_object_reports_no_attempts_and_no_ends_whatever_it_is_told_to_signal()
    {
        Caller other = Caller.Of($"object:scheduler/{_host.Address<IScheduler>("jobs").Id}", Caller.Object);
        WorkflowStatus failed = new("w", AgentTaskWorkflow.Name, WorkflowState.Failed, Start);
        IAgentAttempts attempts = _host.Objects.Get<IAgentAttempts>(Address, other);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => attempts.Attempted("w", 1, null, null));
        IAgentEnds ends = _host.Objects.Get<IAgentEnds>(Address, other);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Ended(failed));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => ends.Stands(null));

        // A workflow reports ends, and makes no attempts: that its activities do.
        Caller workflow = Caller.Of($"object:workflow/{ObjectId.FromName("workflow", "w")}", Caller.Object);
        await _host.Objects.Get<IAgentEnds>(Address, workflow).Ended(failed);
        IAgentAttempts its = _host.Objects.Get<IAgentAttempts>(Address, workflow);
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => its.Attempting("w", 1));
        await Expect.Refusal(403, ErrorCodes.Forbidden, () => its.Attempted("w", 1, null, null));
    }

    [Fact]
    public async Task An_output_is_not_forged_by_a_scheduler()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a")], "p");
        string workflow = _host.WaitingSignals.Single(signal => signal.Receiver.ClassName == "workflow").Receiver.Key;
        IScheduler jobs = _host.Objects.Get<IScheduler>("jobs");
        await jobs.Schedule(
            "attempt", delaySeconds: 0,
            target: new JobTarget("agent-orchestrator", "crew", "attempted", [Json(workflow), Json(0), Json("forged"), Json<string?>(null)]));
        await jobs.Schedule(
            "workflow", delaySeconds: 0,
            target: new JobTarget("workflow", workflow, "command", [Json(new { verb = "terminate", reason = "forged" })]));
        _host.DeliversAutomatically = true;
        await _host.TickAsync();

        Assert.Contains("workflow", (await jobs.Runs()).Single(run => run.Error is not null).Error, StringComparison.Ordinal);
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded");
        Assert.Equal("did a", (await Crew.Status("p")).Tasks[0].Output!.Value.GetString());
    }

    [Fact]
    public async Task After_a_return_a_task_whose_workflow_has_completed_meanwhile_is_begun_anew()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a"), Of("b", "a")], "p");
        ObjectRecovery recovery = new(_host);
        string running = (await recovery.ListAsync(Address, Caller.Runtime, CancellationToken.None)).Current;
        _host.DeliversAutomatically = true;
        await _host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");

        _host.Clock.Advance(TimeSpan.FromMinutes(1));
        await recovery.RestoreAsync(Address, running, Caller.Runtime, CancellationToken.None);
        await AssertAsync("p", AgentPlanState.Running, "running", "waiting");
        await _host.AdvanceAsync(TimeSpan.FromHours(1));

        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded", "succeeded");
        Assert.Equal(["a", "b", "a", "b"], _crew.Asked.Select(asked => asked.Task));
    }

    [Fact]
    public async Task The_place_of_a_task_whose_workflow_was_terminated_is_taken_while_its_attempt_is_at_work()
    {
        List<string> states = [];
        _crew.Answer = async request =>
        {
            if (request.Task == "long")
            {
                string workflow = (await _host.Workflows.ListAsync(new WorkflowFilter(null, null), null, 10, CancellationToken.None))
                    .Items.Single().Id;
                await _host.Workflows.CommandAsync(
                    workflow, new WorkflowCommand(WorkflowVerb.Terminate) { Reason = "enough" }, CancellationToken.None);
                WorkflowStatus ended = (await _host.Workflows.FindAsync(workflow, false, CancellationToken.None))!;
                await _host.Objects.Get<IAgentEnds>(Address, Caller.Runtime).Ended(ended);
                states.Add(string.Join(' ', (await Crew.Status("p")).Tasks.Select(task => task.State)));
            }
            return AgentCrew.Json("answer");
        };
        await Crew.Submit([new AgentTask("long", "single"), new AgentTask("next", "single")], "p", continueOnFailure: true);

        Assert.Equal(["Failed Ready"], states);
        await AssertAsync("p", AgentPlanState.Failed, "failed", "succeeded");
    }

    [Fact]
    public async Task Of_two_tasks_that_are_asked_after_one_is_asked_first_so_that_no_answer_is_taken_for_the_others()
    {
        _host.DeliversAutomatically = false;
        await Crew.Submit([Of("a")], "p");
        await _host.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Crew.Submit([Of("b")], "q");
        string[] Asked() => [.. _host.WaitingSignals
            .Where(signal => JsonSerializer.Deserialize<JsonElement>(signal.Arguments.Span)[0].GetProperty("verb").GetString() == "query")
            .Select(signal => signal.Receiver.Key)];

        await _host.AdvanceAsync(TimeSpan.FromMinutes(69) - TimeSpan.FromMilliseconds(1));
        Assert.Single(Asked());
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Asked().Distinct().Count());

        _host.DeliversAutomatically = true;
        await _host.DeliverAsync();
        await AssertAsync("p", AgentPlanState.Succeeded, "succeeded");
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
        Assert.Equal(["a", "b"], _crew.Asked.Select(asked => asked.Task));
    }

    private static AgentTask Of(string id, params string[] dependsOn) => new(id, "writer", DependsOn: dependsOn);

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    private static JsonElement Parse(SocketReceipt receipt) => JsonSerializer.Deserialize<JsonElement>(receipt.Arguments)[0];

    private static IEnumerable<string> Told(TestSocket socket, string plan) => socket.Received
        .Where(one => one.Target == "progress").Select(Parse).Where(one => one.GetProperty("plan").GetString() == plan)
        .SelectMany(one => one.GetProperty("changed").EnumerateArray())
        .Select(task => $"{task.GetProperty("id")} {task.GetProperty("state")} {task.GetProperty("attempts")}"
            .Replace(" 0", "", StringComparison.Ordinal));

    private Task Refused(IReadOnlyList<AgentTask> tasks, params IReadOnlyList<string> says) =>
        Expect.InvalidArgument(() => Crew.Submit(tasks, "p"), says);

    private async Task<int> RunningAsync(string agent)
    {
        int running = 0;
        foreach (AgentPlan plan in await Crew.List())
        {
            running += (await Crew.Status(plan.Id)).Tasks.Count(task => task.Agent == agent && task.State == AgentTaskState.Running);
        }
        return running;
    }

    private async Task AssertAsync(string plan, AgentPlanState state, params string[] tasks)
    {
        AgentPlanStatus status = await Crew.Status(plan);
        Assert.Equal(tasks, status.Tasks.Select(task => task.State.ToString().ToLowerInvariant()));
        Assert.Equal((state, state == AgentPlanState.Running), (status.State, status.EndedAt is null));
    }
}

/// <summary>What only workflows may call.</summary>
public interface IAgentEnds
{
    Task Ended(WorkflowStatus status);

    Task Stands(WorkflowStatus? status);
}
