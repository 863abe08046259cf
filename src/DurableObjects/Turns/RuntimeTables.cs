using DurableObjects.History;
using DurableObjects.Signals;
using DurableObjects.Sockets;
using DurableObjects.Storage;

namespace DurableObjects.Turns;

/// <summary>The runtime's own tables of one object, by what they are for.</summary>
internal sealed class RuntimeTables(SqliteDatabase database)
{
    public MetaTable Meta { get; } = new(database);

    public AlarmTable Alarm { get; } = new(database);

    public OutboxTable Outbox { get; } = new(database);

    public InboxTable Inbox { get; } = new(database);

    public SeenTable Seen { get; } = new(database);

    public AnswerTable Answers { get; } = new(database);

    public CallTable Calls { get; } = new(database);

    public SocketTable Sockets { get; } = new(database);

    /// <summary>Reads anew what the summary shows of the tables.</summary>
    public ObjectSummary Summarize(ObjectSummary summary)
    {
        long? alarm = Alarm.Get()?.Due;
        // Before an object was told of its return, nothing else runs.
        long? wake = PendingReturn.Get(Meta)?.Due ?? new[] { alarm, Inbox.NextDue() }.Min();
        return summary with
        {
            Alarm = Time(alarm),
            WakeAt = Time(wake),
            RestoreTo = Meta.Number(MetaTable.RestoreTo),
            Outbox = Outbox.Count(),
            Parked = Inbox.CountParked(),
            Sockets = Sockets.Count(),
            Label = Meta.Text(MetaTable.Label),
            AutoResponse = Meta.Text(MetaTable.AutoRequest) is { } request
                ? new AutoResponse(request, Meta.Text(MetaTable.AutoResponse) ?? "")
                : null,
        };
    }

    private static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
