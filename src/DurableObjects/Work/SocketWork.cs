using DurableObjects.Sockets;
using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Lets a client in, if the object does.</summary>
internal sealed class SocketOpenedWork(SocketOpenedTurn turn) : TurnWork
{
    public override Answer? Prepare(WorkSite site)
    {
        int count = site.Summary.Sockets;
        if (count >= Limits.SocketsPerObject)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Overloaded, $"The object has {count:N0} sockets; the limit is {Limits.SocketsPerObject:N0}.")
            { Retryable = true, Overloaded = true };
        }
        site.Tables.Sockets.Insert(turn.SocketId, site.NowMilliseconds);
        site.Scope.ChangedSummary();
        return null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        SocketRow row = new(turn.SocketId, site.NowMilliseconds, [], null);
        await instance.OnSocketOpened(site.Socket(row, gone: false), turn.Opening);
        return Answer.Nothing;
    }
}

/// <summary>Hands the object a message of a client.</summary>
internal sealed class SocketMessageWork(SocketMessageTurn turn) : TurnWork
{
    private SocketRow? _row;

    public override Answer? Prepare(WorkSite site)
    {
        if (turn.Message.Json.Length > Limits.SocketMessageBytes)
        {
            throw DurableObjectException.TooLarge("The message", turn.Message.Json.Length, Limits.SocketMessageBytes);
        }
        // One that the object has closed meanwhile says nothing any more.
        _row = site.Tables.Sockets.Get(turn.SocketId);
        return _row is null ? Answer.Nothing : null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        await instance.OnSocketMessage(site.Socket(_row!, gone: false), turn.Message);
        return Answer.Nothing;
    }
}

/// <summary>Tells the object that a client is gone. The socket goes even if the handler throws.</summary>
internal sealed class SocketClosedWork(SocketClosedTurn turn) : TurnWork
{
    private SocketRow? _row;

    public override Answer? Prepare(WorkSite site)
    {
        _row = site.Tables.Sockets.Get(turn.SocketId);
        if (_row is null)
        {
            return Answer.Nothing;
        }
        Forget(site);
        return null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        await instance.OnSocketClosed(site.Socket(_row!, gone: true), turn.Closing);
        return Answer.Nothing;
    }

    public override Answer? Fail(Failure failure, WorkSite site)
    {
        Forget(site);
        return null;
    }

    private void Forget(WorkSite site)
    {
        site.Tables.Sockets.Delete(turn.SocketId);
        site.Scope.ChangedRuntime();
    }
}

/// <summary>Tells the object of all the clients that a restart of the host has cut off.</summary>
internal sealed class SocketsLostWork(SocketsLostTurn turn) : TurnWork
{
    private List<SocketRow> _lost = [];

    public override Answer? Prepare(WorkSite site)
    {
        _lost = site.Tables.Sockets.List(null);
        _lost.RemoveAll(row => turn.Open.Contains(row.Id));
        if (_lost.Count == 0)
        {
            return Answer.Nothing;
        }
        Forget(site);
        return null;
    }

    public override async ValueTask<Answer> RunAsync(DurableObject instance, WorkSite site)
    {
        foreach (SocketRow row in _lost)
        {
            SocketClosing closing = new(SocketClosing.AbnormalClosure, "the host was restarted");
            await instance.OnSocketClosed(site.Socket(row, gone: true), closing);
        }
        return Answer.Nothing;
    }

    public override Answer? Fail(Failure failure, WorkSite site)
    {
        Forget(site);
        return null;
    }

    private void Forget(WorkSite site)
    {
        foreach (SocketRow row in _lost)
        {
            site.Tables.Sockets.Delete(row.Id);
        }
        site.Scope.ChangedRuntime();
    }
}
