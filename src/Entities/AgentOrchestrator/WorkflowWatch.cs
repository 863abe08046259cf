using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>Asks after tasks that run for long, and tells of which of them an answer is.</summary>
internal sealed class WorkflowWatch(ObjectContext context, PlanTables tables)
{
    /// <summary>Workflows that one turn asks, each of them an effect; the alarm goes on.</summary>
    private const int QuestionsAtOnce = Limits.SignalsPerTurn / 10;

    /// <summary>How long a task runs before its workflow is asked: its end may have been lost, as after a return to a bookmark.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private long Now => context.Now.ToUnixTimeMilliseconds();

    /// <summary>When the next is to be asked; null while nothing runs.</summary>
    public long? Next() => tables.LeastChecked() + (long)Every.TotalMilliseconds;

    /// <summary>Asks the workflows of tasks that have run for long enough unasked.</summary>
    public void Ask()
    {
        foreach (TaskRow task in tables.Unchecked(Now - (long)Every.TotalMilliseconds, QuestionsAtOnce))
        {
            tables.Checked(task, Now);
            context.Workflows.Query(task.Workflow!, nameof(AgentOrchestrator.Stands));
        }
    }

    /// <summary>The task that an answer is about; null if it does not run any more, or in another workflow.</summary>
    public TaskRow? Answered(WorkflowStatus? status) => tables.Running().Find(
        task => status is null ? context.Caller.IsWorkflowOf(task.Workflow!) : task.Workflow == status.Id);
}
