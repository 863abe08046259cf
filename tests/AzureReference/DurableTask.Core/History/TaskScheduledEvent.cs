#nullable enable

namespace DurableTask.Core.History;

public class TaskScheduledEvent : HistoryEvent
{
    public TaskScheduledEvent(int eventId, string name, string? version = null, string? input = null)
        : base(eventId)
    {
        Name = name;
        Version = version;
        Input = input;
    }

    public TaskScheduledEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.TaskScheduled;

    public string? Name { get; set; }

    public string? Version { get; set; }

    public string? Input { get; set; }

    public IDictionary<string, string>? Tags { get; set; }
}
