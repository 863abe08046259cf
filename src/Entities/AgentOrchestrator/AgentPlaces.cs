using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// The places of agents: which of the tasks that are ready get one and begin, each by a workflow of its own, and until when one is kept
/// of which nothing is heard.
/// </summary>
internal sealed class AgentPlaces(ObjectContext context, Agents agents, PlanTables tables)
{
    /// <summary>Tasks that one turn begins, each of them an effect; the next turn goes on.</summary>
    private const int StartsAtOnce = Limits.SignalsPerTurn / 2;

    /// <summary>What an attempt has beyond its timeout until its place is free although nobody has heard of it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private long Now => context.Now.ToUnixTimeMilliseconds();

    /// <summary>Begins what can be begun; whether it was all, and not only what one turn may.</summary>
    public bool Fill(long revision)
    {
        int starts = 0;
        foreach (string name in tables.ReadyAgents())
        {
            int places = agents.Find(name) is { } agent
                ? Math.Max(0, agent.MaxConcurrency - tables.Taken(name, Now))
                : int.MaxValue;
            foreach (TaskRow task in tables.Ready(name, Math.Min(places, StartsAtOnce - starts)))
            {
                Begin(task, revision);
                starts++;
            }
        }
        return starts < StartsAtOnce;
    }

    /// <summary>
    /// Begins a task, or begins it anew whose workflow is lost. One whose agent is not configured any more waits in its workflow, where the
    /// attempts fail.
    /// </summary>
    public void Begin(TaskRow task, long revision)
    {
        AgentSettings agent = agents.Find(task.Agent) ?? new AgentSettings { Name = task.Agent };
        AgentRetry? retry = task.Retry is { } json ? JsonSerializer.Deserialize<AgentRetry>(json, ObjectJson.Options) : null;
        string workflow = $"agent-{WorkflowId.New(context.Clock)}";
        tables.Start(task, workflow, Now, revision);
        AgentOrder order = new(
            context.Address.Key, task.Agent, agent.Activity ?? HttpAgent.Name, agent.RetryOf(retry), TimeoutOf(task), agent.Breaker);
        context.Workflows.Start(AgentTaskWorkflow.Name, workflow, order, nameof(AgentOrchestrator.Ended));
    }

    /// <summary>When the place of an attempt that begins now is free at the latest.</summary>
    public long FreeAt(TaskRow task) => Now + (long)(TimeoutOf(task) + Grace).TotalMilliseconds;

    private TimeSpan TimeoutOf(TaskRow task) => task.Timeout is { } milliseconds
        ? TimeSpan.FromMilliseconds(milliseconds)
        : agents.Find(task.Agent)?.Timeout ?? Limits.ActivityTimeout;
}
