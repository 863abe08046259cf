using DurableObjects.Diagnostics;
using DurableObjects.Storage;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Work;

/// <summary>Where a turn's work is done: the object, its database, and what the turn has gathered.</summary>
internal sealed record WorkSite(
    ObjectAddress Address,
    SqliteDatabase Database,
    RuntimeTables Tables,
    TurnGuard Guard,
    TurnScope Scope,
    ObjectSummary Summary,
    DateTimeOffset Now,
    ILogger Logger,
    ClassDiagnostics Diagnostics)
{
    public long NowMilliseconds => Now.ToUnixTimeMilliseconds();

    public ObjectSocket Socket(Sockets.SocketRow row, bool gone) => new(Tables.Sockets, Guard, row, gone);

    /// <summary>Runs an operation of the runtime on the database within the turn, safe from an abandonment meanwhile.</summary>
    public T Locked<T>(Func<T> operation)
    {
        using TurnGuard.Entry entry = Guard.Enter();
        return operation();
    }
}
