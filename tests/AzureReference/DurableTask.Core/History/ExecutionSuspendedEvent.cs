namespace DurableTask.Core.History;

public class ExecutionSuspendedEvent : HistoryEvent
{
    public ExecutionSuspendedEvent(int eventId, string reason)
        : base(eventId)
    {
        Reason = reason;
    }

    public override EventType EventType => EventType.ExecutionSuspended;

    public string Reason { get; set; }
}
