using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Asks after tasks that run for long, one at a time: the answer that there is no such workflow has no name, so only one question may be
/// open.
/// </summary>
internal sealed class WorkflowWatch(ObjectContext context, PlanTables tables)
{
    private const string QuestionKey = "question";

    /// <summary>How long a task runs before its workflow is asked: its end may have been lost, as after a return to a bookmark.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>How long a workflow may take to say where it stands before another is asked.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(10);

    private long Now => context.Now.ToUnixTimeMilliseconds();

    /// <summary>When the next is to be asked; null while nothing runs.</summary>
    public long? Next()
    {
        long? due = tables.LeastChecked()?.Checked + (long)Every.TotalMilliseconds;
        long? free = context.Storage.Get<Question>(QuestionKey)?.At + (long)AnswerPatience.TotalMilliseconds;
        return due < free ? free : due;
    }

    /// <summary>Asks the workflow of the task that has run longest unasked, if it is time.</summary>
    public void Ask()
    {
        if (Next() <= Now && tables.LeastChecked() is { Workflow: { } workflow } task)
        {
            tables.Checked(task, Now);
            context.Storage.Put(QuestionKey, new Question(workflow, Now));
            context.Workflows.Query(workflow, nameof(AgentOrchestrator.Stands));
        }
    }

    /// <summary>Closes the question; of which workflow the answer is, if that is known.</summary>
    public string? Answered(WorkflowStatus? status)
    {
        string? workflow = status is null ? context.Storage.Get<Question>(QuestionKey)?.Workflow : status.Id;
        context.Storage.Delete(QuestionKey);
        return workflow;
    }

    /// <summary>Which workflow was asked where it stands, and when.</summary>
    private sealed record Question(string Workflow, long At);
}
