using System.Text.Json;
using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.Work;

/// <summary>Lists the recovery points.</summary>
internal sealed class RecoveryPointsWork : HousekeepingWork
{
    protected override Answer Do(WorkSite site) => new()
    {
        Json = JsonSerializer.SerializeToUtf8Bytes(new RecoveryPointTable(site.Database).List(), ObjectJson.Options),
    };
}

/// <summary>Makes a recovery point.</summary>
internal sealed class CreateRecoveryPointWork(CreateRecoveryPointTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        if (!site.Summary.Exists)
        {
            throw new DurableObjectException(404, ErrorCodes.UnknownObject, $"The object {site.Address} does not exist.");
        }
        RecoveryPoint point = new RecoveryPointTable(site.Database).Create(
            turn.Label, Recovery.Current(site.Summary), site.Now, site.Scope);
        return new Answer { Json = JsonSerializer.SerializeToUtf8Bytes(point, ObjectJson.Options) };
    }
}

/// <summary>Asks for a return to a bookmark.</summary>
internal sealed class RestoreWork(RestoreTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        Recovery.Check(site.Summary, turn.Bookmark);
        Bookmark undo = Recovery.Request(site.Tables.Meta, site.Scope, site.Summary, turn.Bookmark.Commit);
        return new Answer { Json = JsonSerializer.SerializeToUtf8Bytes(undo.ToString(), ObjectJson.Options) };
    }
}

/// <summary>Gives up a return.</summary>
internal sealed class RestoreFailedWork(RestoreFailedTurn turn) : HousekeepingWork
{
    protected override Answer Do(WorkSite site)
    {
        site.Tables.Meta.Set(MetaTable.RestoreTo, null);
        site.Tables.Meta.Set(MetaTable.RestoreError, turn.Reason);
        site.Scope.ChangedRuntime();
        return Answer.Nothing;
    }
}
