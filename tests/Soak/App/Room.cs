namespace DurableObjects.Soak;

/// <summary>Stores what its sockets send, tells the sender of the number, tells everybody, and keeps book of who came and went.</summary>
[DurableObject("room")]
public sealed class Room(ObjectContext context, ProcessRun run) : DurableObject(context)
{
    private const string Opened = "opened";
    private const string Closed = "closed";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE message(n INTEGER PRIMARY KEY, id TEXT NOT NULL);
        CREATE TABLE presence(n INTEGER PRIMARY KEY, socket TEXT NOT NULL, event TEXT NOT NULL, run TEXT NOT NULL);
        """,
    ];

    /// <summary>The sums of what the checker knows, and the rows behind them.</summary>
    [ReadOnlyMethod]
    public RoomLog Log(long messages = 0, long presence = 0) => new(
        run.Id,
        LogHash.Of(Storage.Sql.Exec("SELECT n, id FROM message WHERE n <= ? ORDER BY n", messages)),
        [.. Storage.Sql.Exec("SELECT * FROM message WHERE n > ? ORDER BY n", messages).As<MessageRow>()],
        LogHash.Of(Storage.Sql.Exec("SELECT n, socket, event, run FROM presence WHERE n <= ? ORDER BY n", presence)),
        [.. Storage.Sql.Exec("SELECT * FROM presence WHERE n > ? ORDER BY n", presence).As<PresenceRow>()]);

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => Note(socket, Opened);

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        MessageRow row = Storage.Sql.Exec("INSERT INTO message(id) VALUES (?) RETURNING *", message.Text).As<MessageRow>().Single();
        socket.Send("stored", row);
        Context.Sockets.Send("heard", row);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing) => Note(socket, Closed);

    private ValueTask Note(ObjectSocket socket, string what)
    {
        Storage.Sql.Exec("INSERT INTO presence(socket, event, run) VALUES (?, ?, ?)", socket.Id, what, run.Id);
        return ValueTask.CompletedTask;
    }
}
