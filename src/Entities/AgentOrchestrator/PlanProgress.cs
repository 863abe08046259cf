namespace DurableObjects.Entities;

/// <summary>What is told of plans, in answers and over sockets.</summary>
internal sealed class PlanProgress(ObjectSockets sockets, PlanTables tables)
{
    private const string AllTag = "all";

    public AgentPlanStatus Status(PlanRow plan, bool withOutputs) => new(
        plan.Id, plan.State, plan.Continues, plan.CreatedAt, plan.EndedAt, plan.Revision,
        [.. tables.All(plan.Number).Select(task => task.ToStatus(withOutputs ? tables.Output(task.Number) : null))]);

    public IReadOnlyList<AgentPlan> Page(AgentPlanState? state, long before, int limit) =>
    [
        .. tables.Page(state, before, limit).Select(plan => new AgentPlan(
            plan.Id, plan.State, plan.Continues, plan.CreatedAt, plan.EndedAt, tables.Counts(plan.Number))),
    ];

    /// <summary>Has a socket hear of one plan, or of all for null, from how it stands now.</summary>
    public void Follow(ObjectSocket socket, PlanRow? plan)
    {
        if (plan is not null)
        {
            socket.SetTags(TagOf(plan));
            socket.Send("status", Status(plan, withOutputs: false));
        }
        else
        {
            socket.SetTags(AllTag);
            socket.Send("plans", Page(null, long.MaxValue, AgentOrchestratorLimits.PagePlans));
        }
    }

    /// <summary>Tells of all that a turn has changed.</summary>
    public void Publish(long revision)
    {
        if (sockets.Count == 0)
        {
            return;
        }
        foreach (PlanRow plan in tables.Changed(revision))
        {
            AgentProgress progress = new(
                plan.Id, plan.State, revision, tables.Counts(plan.Number),
                [.. tables.Changed(plan.Number, revision).Select(task => task.ToStatus(null))]);
            sockets.SendToTag(AllTag, "progress", progress);
            sockets.SendToTag(TagOf(plan), "progress", progress);
        }
    }

    private static string TagOf(PlanRow plan) => $"plan:{plan.Number}";
}
