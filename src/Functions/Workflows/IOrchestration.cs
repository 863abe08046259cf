using DurableObjects.Workflows;

namespace DurableObjects.Functions.Workflows;

/// <summary>What a workflow's execution needs of the platform: an orchestration that runs, or the history of one.</summary>
internal interface IOrchestration
{
    /// <summary>When what it sees now happened; whole milliseconds.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Whether what it does now was done before.</summary>
    bool IsReplaying { get; }

    /// <summary>Calls an activity. Null if the worker that ran it was lost.</summary>
    Task<TResult?> CallAsync<TResult>(string activity, object input)
        where TResult : class;

    /// <summary>Waits until a time, or a little less.</summary>
    /// <param name="until">The time.</param>
    /// <param name="cancellation">Ends the wait: the task is cancelled.</param>
    Task WaitAsync(DateTimeOffset until, CancellationToken cancellation);

    /// <summary>Waits for the next event.</summary>
    Task<WorkflowEvent> NextEventAsync();

    /// <summary>Sends an event to another workflow, if there is one.</summary>
    void Send(string workflowId, WorkflowEvent one);

    /// <summary>Shows something else to those who look than that it runs; null for that.</summary>
    void Show(WorkflowShown? shown);
}
