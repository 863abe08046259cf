using System.Text.Json;
using DurableObjects.History;
using DurableObjects.Sockets;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Turns of the runtime itself, for which no handler of the object runs.</summary>
internal abstract class HousekeepingWork : TurnWork
{
    public sealed override Answer? Prepare(WorkSite site) => Do(site);

    protected abstract Answer Do(WorkSite site);
}

/// <summary>Brings out what waits in the outbox.</summary>
internal sealed class DrainWork(DrainTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        foreach (Signal signal in site.Tables.Outbox.List(site.Address, turn.After, turn.Limit))
        {
            site.Scope.Add(signal);
        }
        return Answer.Nothing;
    }
}

/// <summary>Takes out of the outbox what its receivers have.</summary>
internal sealed class AcknowledgeWork(AcknowledgeTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        if (site.Tables.Outbox.Delete(turn.Receipts))
        {
            site.Scope.ChangedRuntime();
        }
        return Answer.Nothing;
    }
}

/// <summary>Takes out of the outbox what one receiver has.</summary>
internal sealed class AcknowledgeStreamWork(AcknowledgeStreamTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        if (site.Tables.Outbox.Delete(turn.Receiver, turn.Epoch, turn.Number))
        {
            site.Scope.ChangedRuntime();
        }
        return Answer.Nothing;
    }
}

/// <summary>Keeps the answers of calls.</summary>
internal sealed class RememberCallsWork(RememberCallsTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        site.Tables.Calls.Remember(turn.Calls, site.Now);
        site.Scope.RuntimeChanged = true;
        return Answer.Nothing;
    }
}

/// <summary>Looks for the answer of a call.</summary>
internal sealed class FindCallWork(FindCallTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site) => new() { Json = site.Tables.Calls.Find(turn.Id, site.Now) };
}

/// <summary>Ends the object.</summary>
internal sealed class DeleteWork : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        if (!site.Summary.Exists)
        {
            throw new DurableObjectException(404, ErrorCodes.UnknownObject, $"The object {site.Address} does not exist.");
        }
        UserSchema.DropAll(site.Database);
        foreach (SocketRow row in site.Tables.Sockets.List(null))
        {
            site.Tables.Sockets.Delete(row.Id);
            site.Scope.Add(new SocketClose(row.Id, new SocketClosing(SocketClosing.GoingAway, "the object was deleted")));
        }
        site.Scope.ChangedUserData();
        site.Scope.ChangedSummary();
        site.Scope.Ended = true;
        site.Scope.SchemaGone = true;
        return Answer.Nothing;
    }
}

/// <summary>Looks into the database for an administrator.</summary>
internal sealed class InspectWork : HousekeepingWork
{
    private const int ParkedShown = 100;

    protected override Answer Do(WorkSite site) => new()
    {
        Json = JsonSerializer.SerializeToUtf8Bytes(
            new ObjectDetails(
                ObjectSql.SizeOf(site.Database),
                site.Tables.Meta.Text(MetaTable.AlarmError),
                site.Tables.Meta.Text(MetaTable.RestoreError),
                PendingReturn.Get(site.Tables.Meta)?.Error,
                site.Summary.Head.Commit > 0 ? Recovery.Current(site.Summary).ToString() : null,
                site.Tables.Inbox.ListParked(ParkedShown)),
            ObjectJson.Options),
    };
}

/// <summary>Lets parked signals go again, or drops them.</summary>
internal sealed class ParkedSignalsWork(ParkedSignalsTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        if (turn.Drop)
        {
            site.Tables.Inbox.DropParked();
        }
        else
        {
            site.Tables.Inbox.RetryParked(site.NowMilliseconds);
        }
        site.Scope.ChangedRuntime();
        return Answer.Nothing;
    }
}

/// <summary>Keeps of an abandoned turn what its failure asks for.</summary>
internal sealed class AbandonedWork(TurnWork abandoned, Failure reason) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        // Preparing again finds out what the turn was about; what that changes was rolled back the first time as well.
        const string Savepoint = RuntimeSchema.Prefix + "abandoned";
        site.Database.Execute($"SAVEPOINT {Savepoint}");
        TurnScope scope = new(site.Scope.Turn, isReadOnly: false);
        Answer? ended = abandoned.Prepare(site with { Scope = scope });
        site.Database.Execute($"ROLLBACK TO {Savepoint}");
        site.Database.Execute($"RELEASE {Savepoint}");
        if (ended is null)
        {
            return abandoned.Fail(reason, site) ?? Answer.Nothing;
        }
        // A signal that only had to be lined up had no handler to fail: it is received now, or it would be lost.
        return (abandoned is SignalWork ? abandoned.Prepare(site) : null) ?? Answer.Nothing;
    }
}
