namespace DurableObjects.Entities;

/// <summary>What is wrong with the tasks of a plan, before anything of it is stored.</summary>
internal static class PlanCheck
{
    public static void Check(IReadOnlyList<AgentTask> tasks, Agents agents)
    {
        if (tasks.Count is 0 or > AgentOrchestratorLimits.MaxTasks)
        {
            throw Argument.Invalid($"'tasks' are {tasks.Count:N0}; they must be 1 to {AgentOrchestratorLimits.MaxTasks:N0}.");
        }
        Dictionary<string, AgentTask> byId = new(StringComparer.Ordinal);
        foreach (AgentTask task in tasks)
        {
            if (task is null)
            {
                throw Argument.Invalid("'tasks' has null in it.");
            }
            Argument.Text(task.Id, "id", AgentOrchestratorLimits.IdCharacters);
            if (!byId.TryAdd(task.Id, task))
            {
                throw Argument.Invalid($"'tasks' has the id '{task.Id}' twice.");
            }
            CheckAgent(task, agents);
        }
        foreach (AgentTask task in tasks)
        {
            CheckDependencies(task, byId);
        }
        if (tasks.Sum(task => task.DependsOn?.Count ?? 0) is int all and > AgentOrchestratorLimits.MaxPlanDependencies)
        {
            throw Argument.Invalid($"The tasks have {all:N0} dependencies; the limit is {AgentOrchestratorLimits.MaxPlanDependencies:N0}.");
        }
        if (Cycle(tasks, byId) is { } cycle)
        {
            throw Argument.Invalid($"'dependsOn' goes round in a circle: {string.Join(" → ", cycle)}.");
        }
    }

    private static void CheckAgent(AgentTask task, Agents agents)
    {
        if (task.Agent is null || agents.Find(task.Agent) is not { } agent)
        {
            throw Argument.Invalid(
                $"The agent '{task.Agent}' of the task '{task.Id}' is not configured under {Agents.Section}; "
                + $"there is {string.Join(", ", agents.Names.DefaultIfEmpty("none"))}.");
        }
        if (task.TimeoutSeconds is { } seconds)
        {
            Argument.Milliseconds(seconds, Argument.Of("timeoutSeconds", task.Id), 0.001m, (decimal)Limits.ActivityTimeout.TotalSeconds);
        }
        if (task.Retry is { } retry)
        {
            Argument.Within(retry.MaxAttempts ?? 1, Argument.Of("maxAttempts", task.Id), 1, Agents.MostAttempts);
            const int Longest = AgentOrchestratorLimits.MaxDelaySeconds;
            Argument.Milliseconds(retry.FirstDelaySeconds ?? 0, Argument.Of("firstDelaySeconds", task.Id), 0, Longest);
            Argument.Milliseconds(retry.MaxDelaySeconds ?? 0, Argument.Of("maxDelaySeconds", task.Id), 0, Longest);
        }
        try
        {
            agent.RetryOf(task.Retry).Check();
        }
        catch (DurableObjectException error)
        {
            throw Argument.Invalid($"'retry' of '{task.Id}': {error.Message}");
        }
    }

    private static void CheckDependencies(AgentTask task, Dictionary<string, AgentTask> byId)
    {
        IReadOnlyList<string> needs = task.DependsOn ?? [];
        if (needs.Count > AgentOrchestratorLimits.MaxDependencies)
        {
            throw Argument.Invalid(
                $"'dependsOn' of '{task.Id}' has {needs.Count:N0} tasks; the limit is {AgentOrchestratorLimits.MaxDependencies}.");
        }
        if (needs.FirstOrDefault(id => id is null || !byId.ContainsKey(id)) is { } unknown)
        {
            throw Argument.Invalid($"'dependsOn' of '{task.Id}' names '{Argument.Shorten(unknown)}', which is no task of the plan.");
        }
        if (needs.Contains(null) || needs.Distinct(StringComparer.Ordinal).Count() < needs.Count)
        {
            throw Argument.Invalid($"'dependsOn' of '{task.Id}' names null, or a task twice.");
        }
    }

    /// <summary>The tasks of a circle, the first once more at its end; null if there is none.</summary>
    private static List<string>? Cycle(IReadOnlyList<AgentTask> tasks, Dictionary<string, AgentTask> byId)
    {
        HashSet<string> left = [.. byId.Keys];
        while (left.RemoveWhere(id => !(byId[id].DependsOn ?? []).Any(left.Contains)) > 0)
        {
            // Until nothing is left, or only what waits for itself.
        }
        if (left.Count == 0)
        {
            return null;
        }
        // Each that is left depends on another that is, so whoever follows that comes round.
        List<string> way = [];
        string at = tasks.First(task => left.Contains(task.Id)).Id;
        while (!way.Contains(at))
        {
            way.Add(at);
            at = byId[at].DependsOn!.First(left.Contains);
        }
        return [.. way[way.IndexOf(at)..], at];
    }
}
