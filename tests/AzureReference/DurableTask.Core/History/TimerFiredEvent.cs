namespace DurableTask.Core.History;

public class TimerFiredEvent : HistoryEvent
{
    public TimerFiredEvent(int eventId, DateTime fireAt)
        : base(eventId)
    {
        FireAt = fireAt;
    }

    public TimerFiredEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.TimerFired;

    public int TimerId { get; set; }

    public DateTime FireAt { get; set; }
}
