using System.Net;
using System.Text.Json;
using DurableObjects.Breakers;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorAttemptTests : AgentOrchestratorTest
{
    [Fact]
    public async Task An_agent_is_posted_to_with_its_headers_and_one_key_for_all_attempts()
    {
        Agents.Answer = request => Task.FromResult(request.Attempt == 1 ? AgentCrew.Status(503) : AgentCrew.Json(1));
        await Crew.Submit([Of("a")], "p");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([1, 2], Agents.Asked.Select(asked => asked.Attempt));
        Assert.Equal(("p", "a", "writer"), (Agents.Asked[0].Plan, Agents.Asked[0].Task, Agents.Asked[0].Agent));
        Assert.All(Agents.Requests, request =>
        {
            Assert.Equal((HttpMethod.Post, "https://agents.example/writer"), (request.Method, request.RequestUri!.ToString()));
            Assert.Equal("Bearer writer", request.Headers.Authorization!.ToString());
        });
        Assert.Single(Agents.Requests.Select(request => request.Headers.GetValues("Idempotency-Key").Single()).Distinct());
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
        Agents.Answer = _ =>
        {
            times.Add(Host.Clock.GetUtcNow());
            return Task.FromResult(AgentCrew.Status(500));
        };
        await Crew.Submit([Of("a")], "p");
        AgentTaskStatus running = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Running, 1), (running.State, running.Attempts));
        Assert.Equal("agent-failed: The agent answered 500.", running.Error);

        await Host.AdvanceAsync(TimeSpan.FromSeconds(100));

        Assert.Equal([Start, Start.AddSeconds(1), Start.AddSeconds(3)], times);
        AgentPlanStatus status = await Crew.Status("p");
        Assert.Equal((AgentPlanState.Failed, AgentTaskState.Failed, 3), (status.State, status.Tasks[0].State, status.Tasks[0].Attempts));
        Assert.Equal((Start, Start.AddSeconds(3)), (status.Tasks[0].StartedAt, status.Tasks[0].EndedAt));
    }

    [Fact]
    public async Task A_task_may_have_its_own_retries()
    {
        Agents.Answer = _ => Task.FromResult(AgentCrew.Status(500));
        await Crew.Submit(
            [
                new AgentTask("a", "writer", Retry: new AgentRetry(2, 10, 10, 1, 0)),
                new AgentTask("b", "writer", Retry: new AgentRetry(1)),
            ],
            "p");
        Assert.Equal([1, 1], (await Crew.Status("p")).Tasks.Select(task => task.Attempts));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(9.999));
        Assert.Equal(1, (await Crew.Status("p")).Tasks[0].Attempts);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
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
        Agents.Answer = _ => Task.FromResult(AgentCrew.Status(status));
        await Crew.Submit([Of("a")], "p");
        AgentTaskStatus task = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Failed, 1, $"agent-refused: The agent answered {status}."), (task.State, task.Attempts, task.Error));
    }

    [Fact]
    public async Task An_agent_says_when_it_wants_to_be_asked_again_within_the_longest_delay()
    {
        Agents.Answer = request =>
        {
            HttpResponseMessage answer = AgentCrew.Status(request.Attempt < 3 ? 429 : 200);
            answer.Headers.TryAddWithoutValidation("Retry-After", request.Attempt == 1 ? "5" : "100");
            return Task.FromResult(answer);
        };
        await Crew.Submit([Of("a")], "p");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(4.999));
        Assert.Single(Agents.Asked);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.Equal(2, Agents.Asked.Count);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(8));
        AgentTaskStatus task = (await Crew.Status("p")).Tasks[0];
        Assert.Equal((AgentTaskState.Succeeded, null), (task.State, task.Output));
    }

    [Fact]
    public async Task Answers_that_are_no_JSON_or_too_large_or_too_deep_are_no_outputs()
    {
        Agents.Answer = request => Task.FromResult(request.Task switch
        {
            "text" => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>") },
            "broken" => throw new HttpRequestException("reset"),
            "large" => AgentCrew.Json(new string('x', AgentOrchestratorLimits.OutputBytes)),
            "fits" => AgentCrew.Json(new string('x', AgentOrchestratorLimits.OutputBytes - 2)),
            _ => AgentCrew.Json(JsonSerializer.Deserialize<JsonElement>(new string('[', 33) + new string(']', 33))),
        });
        await Crew.Submit([Of("text"), Of("broken"), Of("large"), Of("fits"), Of("deep")], "p", continueOnFailure: true);
        // With that many failures its circuit opens in between.
        await Host.AdvanceAsync(TimeSpan.FromMinutes(10));

        Dictionary<string, AgentTaskStatus> tasks = (await Crew.Status("p")).Tasks.ToDictionary(task => task.Id);
        Assert.Equal([3, 3, 1, 1, 1], tasks.Values.Select(task => task.Attempts));
        Assert.Contains("not JSON", tasks["text"].Error, StringComparison.Ordinal);
        Assert.Contains("reset", tasks["broken"].Error, StringComparison.Ordinal);
        Assert.Contains("262,144", tasks["large"].Error, StringComparison.Ordinal);
        Assert.Contains(
            "The output of 'deep' is nested deeper than the limit of 32 levels.", tasks["deep"].Error, StringComparison.Ordinal);
        Assert.Equal(AgentTaskState.Succeeded, tasks["fits"].State);
    }

    [Fact]
    public async Task While_an_agents_circuit_is_open_its_tasks_wait()
    {
        Agents.Answer = _ => Task.FromResult(AgentCrew.Status(500));
        await Crew.Submit(
            [.. Enumerable.Range(1, 5).Select(i => new AgentTask($"{i}", "writer", Retry: new AgentRetry(1)))], "p",
            continueOnFailure: true);
        Assert.Equal(CircuitState.Open, (await Host.Objects.Get<ICircuitBreaker>("agent:writer").Status()).State);
        Agents.Answer = _ => Task.FromResult(AgentCrew.Status(200));
        int asked = Agents.Asked.Count;
        await Crew.Submit([Of("a")], "q");
        Assert.Equal(asked, Agents.Asked.Count);
        await AssertAsync("q", AgentPlanState.Running, "running");

        await Host.AdvanceAsync(TimeSpan.FromMinutes(2));
        await AssertAsync("q", AgentPlanState.Succeeded, "succeeded");
    }
}
