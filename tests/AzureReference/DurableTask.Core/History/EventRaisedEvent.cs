namespace DurableTask.Core.History;

public class EventRaisedEvent : HistoryEvent
{
    public EventRaisedEvent(int eventId, string input)
        : base(eventId)
    {
        Input = input;
    }

    public override EventType EventType => EventType.EventRaised;

    public string Name { get; set; }

    public string Input { get; set; }
}
