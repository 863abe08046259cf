using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

// How the object leaves memory, or ends for good.
internal sealed partial class LiveObject
{
    private string? _abandonedFor;

    /// <summary>Stops what runs and refuses what waits, when the host's time to stop is over.</summary>
    public void Abandon(string reason)
    {
        Volatile.Write(ref _abandonedFor, reason);
        _awake?.Activation.Abandon(reason);
    }

    /// <summary>Whether an object has ended and nothing is left to be done for it; its file would only lie about.</summary>
    internal static bool IsOver(ObjectSummary summary) =>
        summary is { Exists: false, WakeAt: null, Outbox: 0, Parked: 0, Sockets: 0, RestoreTo: null };

    /// <summary>The object after its newest commit, durable or not.</summary>
    private ObjectSummary Current => _awake?.Activation.Summary ?? Entry.Summary;

    private async ValueTask HibernateAsync(HibernateVisit visit)
    {
        bool isBusy = !_reads.IsIdle || _awake is { Gate.IsClear: false };
        if (_mailbox.HasWaiting || (isBusy && !visit.MayWait))
        {
            return;
        }
        if (_awake is { } awake)
        {
            await CloseAsync(awake, isFileCurrent: true);
        }
        if (_mailbox.TryClose())
        {
            _host.Retire(this);
        }
    }

    private async ValueTask PurgeAsync(PurgeVisit visit)
    {
        if (visit.EndedBefore is { } time && !(IsOver(Current) && Current.CommittedAt <= time))
        {
            return;
        }
        TurnVisit delete = new(new DeleteTurn { Caller = Caller.Runtime });
        await RunAsync(delete);
        // One that has ended before may still have a history; only what never was cannot be purged.
        if ((await delete.Answered).Error is { } error && (error.Code != ErrorCodes.UnknownObject || Entry.LastRecord < 0))
        {
            throw error.ToException();
        }
        if (_awake is { } awake)
        {
            await CloseAsync(awake, isFileCurrent: false);
        }
        CatalogueEntry purged = Entry;
        PurgeRecord record = new(Address, () => _host.Purged(purged));
        _host.Journal.Append(record);
        await record.Durable;
        // From here on it is gone, whatever becomes of its files: what is written now belongs to a new object.
        Entry = new CatalogueEntry(Address);
        try
        {
            DatabaseFile.Delete(_host.Folder.Database(Address));
            await _host.Archiver.PurgeAsync(Address, CancellationToken.None);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // Nothing reads them any more, and the next sweep deletes them.
            _host.Logger.PurgedFilesLeft(refusal, Address);
        }
    }

    /// <summary>
    /// Closes the database once the journal has decided on every commit in it. Nothing of it may stay open: SQLite, closing the
    /// last connection, deletes the log beside the file by its name, and that may be another one's by then.
    /// </summary>
    private async ValueTask CloseAsync(Awake awake, bool isFileCurrent)
    {
        await EndReadingAsync();
        ObjectSummary last = awake.Activation.Summary;
        await awake.Gate.SettledAsync(last.Head.Commit);
        awake.Reader?.Dispose();
        awake.Activation.Dispose();
        _host.Live.LeavePlace();
        if (last.Head.Commit == 0 || IsOver(last))
        {
            DatabaseFile.Delete(_host.Folder.Database(Address));
        }
        else if (isFileCurrent && !awake.Gate.HasFailed)
        {
            Entry.FileHead = last.Head;
        }
    }
}
