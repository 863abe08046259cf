using System.Globalization;

namespace DurableObjects.Entities;

/// <summary>The workers of a <see cref="WorkQueue"/> that are connected, each by one socket, and how many jobs each has room for.</summary>
internal sealed class ConnectedWorkers(ObjectContext context)
{
    public const string Migration =
        """
        CREATE TABLE worker(
            name TEXT PRIMARY KEY, socket TEXT NOT NULL UNIQUE, concurrency INTEGER NOT NULL, visibility INTEGER NOT NULL) WITHOUT ROWID;
        """;

    private ObjectSql Sql => context.Storage.Sql;

    public bool Any() => Sql.Exec("SELECT 1 FROM worker LIMIT 1").FirstOrDefault() is not null;

    public int Count() => Sql.Exec("SELECT count(*) FROM worker").One().Get<int>(0);

    /// <summary>Takes in a worker as its socket asks for it, in the place of its former socket if there is one; its name.</summary>
    public string Admit(ObjectSocket socket, SocketOpening opening)
    {
        string worker = opening.Query.GetValueOrDefault("worker") ?? throw Argument.Invalid("Connect with '?worker='; it is missing.");
        Argument.Text(worker, "worker", WorkLimits.WorkerCharacters);
        // What is no Int64 is too many as well.
        long concurrency = (long)Math.Min(Number(opening, "concurrency", 1, NumberStyles.None), long.MaxValue);
        Argument.Within(concurrency, "concurrency", 1, WorkLimits.MaxConcurrency);
        long visibility = WorkJobs.Visibility(
            Number(opening, "visibilitySeconds", WorkLimits.DefaultVisibilitySeconds, NumberStyles.AllowDecimalPoint));
        if (Sql.Exec("SELECT socket FROM worker WHERE name = ?", worker).FirstOrDefault()?.Get<string>(0) is { } former)
        {
            context.Sockets.Find(former)?.Close(WorkQueue.TakenOver, "The worker has connected anew.");
        }
        else if (Count() >= WorkLimits.MaxWorkers)
        {
            throw new DurableObjectException(
                409, WorkQueue.TooManyWorkers, $"{WorkLimits.MaxWorkers} workers are connected, which is the limit.");
        }
        Sql.Exec(
            "INSERT OR REPLACE INTO worker(name, socket, concurrency, visibility) VALUES (?, ?, ?, ?)",
            worker, socket.Id, concurrency, visibility);
        return worker;
    }

    public bool Remove(string socket) => Sql.Exec("DELETE FROM worker WHERE socket = ?", socket).RowsWritten > 0;

    public void RemoveClosed()
    {
        foreach (string socket in Sql.Exec("SELECT socket FROM worker").Select(row => row.Get<string>(0)!).ToList())
        {
            if (context.Sockets.Find(socket) is null)
            {
                Remove(socket);
            }
        }
    }

    public List<ConnectedWorker> WithRoom() =>
    [
        .. Sql.Exec(
            """
            SELECT name, socket, visibility, concurrency - (SELECT count(*) FROM job WHERE is_pushed = 1 AND worker = name) AS room
            FROM worker WHERE room > 0
            """).As<ConnectedWorker>(),
    ];

    private static decimal Number(SocketOpening opening, string name, decimal otherwise, NumberStyles styles)
    {
        string? text = opening.Query.GetValueOrDefault(name);
        return text is null ? otherwise
            : text.Length <= 20 && decimal.TryParse(text, styles, CultureInfo.InvariantCulture, out decimal number) ? number
            : throw Argument.Invalid($"'{name}' is '{Argument.Shorten(text)}'; it must be a number.");
    }
}

/// <summary>A worker that is connected, with the jobs that it has room for, and how long it keeps each, in milliseconds.</summary>
internal sealed record ConnectedWorker(string Name, string Socket, long Visibility, long Room);
