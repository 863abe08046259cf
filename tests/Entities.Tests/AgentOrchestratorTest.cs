using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Workflows;

namespace DurableObjects.Entities.Tests;

/// <summary>An orchestrator with agents of several kinds, and what its tests share.</summary>
public abstract class AgentOrchestratorTest : IAsyncLifetime
{
    protected AgentOrchestratorTest() => Host = Agents.Host(
        AgentCrew.ByHttp("writer"), AgentCrew.ByHttp("single", concurrency: 1),
        new AgentSettings { Name = "own", Activity = "echo", Retry = RetryPolicy.None },
        new AgentSettings { Name = "wrong", Activity = "no-agent" });

    protected static DateTimeOffset Start => FakeClock.DefaultStart;

    protected AgentCrew Agents { get; } = new();

    protected TestHost Host { get; }

    protected IAgentOrchestrator Crew => Host.Objects.Get<IAgentOrchestrator>("crew");

    protected ObjectAddress Address => Host.Address<IAgentOrchestrator>("crew");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected static AgentTask Of(string id, params string[] dependsOn) => new(id, "writer", DependsOn: dependsOn);

    protected static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, ObjectJson.Options);

    protected async Task AssertAsync(string plan, AgentPlanState state, params string[] tasks)
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
