using Microsoft.DurableTask;

namespace DurableObjects.Functions.Workflows;

/// <summary>An orchestration that runs.</summary>
internal sealed class PlatformOrchestration(TaskOrchestrationContext context) : IOrchestration
{
    public DateTimeOffset Now => Whole(context.CurrentUtcDateTime);

    public bool IsReplaying => context.IsReplaying;

    /// <summary>A time of the platform as workflows see it.</summary>
    public static DateTimeOffset Whole(DateTime time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeMilliseconds());

    public async Task<TResult?> CallAsync<TResult>(string activity, object input)
        where TResult : class
    {
        try
        {
            return await context.CallActivityAsync<TResult>(activity, input);
        }
        catch (TaskFailedException)
        {
            // None of ours throws.
            return null;
        }
    }

    public Task WaitAsync(DateTimeOffset until, CancellationToken cancellation) => context.CreateTimer(until.UtcDateTime, cancellation);

    public Task<WorkflowEvent> NextEventAsync() => context.WaitForExternalEvent<WorkflowEvent>(WorkflowEvent.Name);

    public void Send(string workflowId, WorkflowEvent one) => context.SendEvent(WorkflowInstance.Of(workflowId), WorkflowEvent.Name, one);

    public void Show(WorkflowShown? shown) => context.SetCustomStatus(shown);
}
