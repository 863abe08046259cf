#nullable enable

namespace DurableTask.Core.History;

public class ExecutionCompletedEvent : HistoryEvent
{
    public ExecutionCompletedEvent(
        int eventId, string? result, OrchestrationStatus orchestrationStatus, FailureDetails? failureDetails = null)
        : base(eventId)
    {
        Result = result;
        OrchestrationStatus = orchestrationStatus;
        FailureDetails = failureDetails;
    }

    public override EventType EventType => EventType.ExecutionCompleted;

    public OrchestrationStatus OrchestrationStatus { get; private set; }

    public string? Result { get; private set; }

    public FailureDetails? FailureDetails { get; private set; }
}
