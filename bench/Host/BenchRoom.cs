namespace DurableObjects.BenchHost;

/// <summary>Stores a message and sends it to every socket.</summary>
[DurableObject("bench-room")]
internal sealed class BenchRoom(ObjectContext context) : DurableObject(context)
{
    protected override IReadOnlyList<string> Migrations => ["CREATE TABLE message(n INTEGER PRIMARY KEY, text TEXT NOT NULL)"];

    public void Announce(long n, string text)
    {
        Storage.Sql.Exec("INSERT INTO message VALUES (?, ?)", n, text);
        Context.Sockets.Send("message", new Announcement(n, text));
    }

    [ReadOnlyMethod]
    public long Count() => Storage.Sql.Exec("SELECT count(*) AS n FROM message").One().Get<long>("n");

    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => ValueTask.CompletedTask;

    internal sealed record Announcement(long N, string Text);
}
