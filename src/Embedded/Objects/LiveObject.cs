using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>
/// An object in this process, and the way of a turn: it waits in the mailbox; the object is woken, its database brought to its
/// head; the runtime runs the turn; its commit goes into the journal; the next turn begins; and once the commit is durable, the
/// answer leaves and the effects are carried out.
/// </summary>
internal sealed class LiveObject
{
    private readonly EmbeddedHost _host;
    private readonly ObjectAddress _address;
    private readonly Mailbox<Visit> _mailbox;
    private readonly Mailbox<ReadVisit> _reads;
    private CatalogueEntry _entry;
    private Awake? _awake;
    private ReaderOf? _reader;

    public LiveObject(EmbeddedHost host, CatalogueEntry entry)
    {
        _host = host;
        _entry = entry;
        _address = entry.Address;
        _mailbox = new Mailbox<Visit>(Limits.WaitingTurns, HandleAsync);
        _reads = new Mailbox<ReadVisit>(Limits.WaitingTurns, ReadAsync);
        LastUsed = host.Clock.GetTimestamp();
    }

    public ObjectAddress Address => _address;

    /// <summary>A timestamp of the host's clock.</summary>
    public long LastUsed { get; private set; }

    public bool IsIdle => _mailbox.IsIdle && _reads.IsIdle;

    /// <summary>Step 1: the visit waits for those before it.</summary>
    public Posted Post(Visit visit, bool isBounded)
    {
        LastUsed = _host.Clock.GetTimestamp();
        return visit is ReadVisit read ? _reads.Post(read, isBounded) : _mailbox.Post(visit, isBounded);
    }

    /// <summary>Stops what runs, when the host's time to stop is over.</summary>
    public void Abandon(string reason) => _awake?.Activation.Abandon(reason);

    private ValueTask HandleAsync(Visit visit) => visit switch
    {
        TurnVisit turn => RunAsync(turn),
        HibernateVisit => HibernateAsync(visit),
        PurgeVisit => PurgeAsync(visit),
        _ => WakeForReaderAsync(visit),
    };

    private async ValueTask RunAsync(TurnVisit visit)
    {
        Awake awake;
        TurnOutcome outcome;
        try
        {
            awake = await WakeAsync();
        }
        catch (Exception error)
        {
            visit.Fail(error);
            return;
        }
        try
        {
            // Step 3: the handler runs in a transaction, which is in the database file when this returns.
            outcome = await awake.Activation.RunAsync(visit.Turn);
        }
        catch (Exception error)
        {
            await RecoverAsync(awake, visit, error);
            return;
        }
        Commit(awake, outcome);
        Release(awake, outcome, visit);
        _entry.LastActive = _host.Clock.GetUtcNow();
    }

    /// <summary>Step 2: the database is brought to the object's head and opened, unless it is open already.</summary>
    private async ValueTask<Awake> WakeAsync()
    {
        if (_awake is { } open)
        {
            if (!open.Gate.HasFailed)
            {
                return open;
            }
            // The file holds commits that are not in the journal.
            await CloseAsync(open, isFileCurrent: false);
        }
        string path = _host.Folder.Database(_address);
        CommitHistory.Restore(_host.Journal, _entry, path);
        // From here on the file runs ahead of the journal, so until it is closed it proves nothing.
        _entry.FileHead = null;
        _entry.FileNeedsFlush = true;
        return _awake = new Awake(
            _host.Runtime.Activate(_address, path, _entry.Summary), new OutputGate(_entry.Summary.Head.Commit));
    }

    /// <summary>Step 4: the commit joins the journal's next batch. Nothing waits for it here.</summary>
    private void Commit(Awake awake, TurnOutcome outcome)
    {
        if (outcome.Commit is not { } commit)
        {
            return;
        }
        try
        {
            _host.Journal.Append(new CommitRecord(_entry, commit, new Observer(this, awake.Gate)));
        }
        catch (Exception error)
        {
            awake.Gate.Failed(commit.Head.Commit, error);
        }
    }

    /// <summary>Step 5: once all that the turn could have seen is durable, its effects and its answer leave, in order.</summary>
    private void Release(Awake awake, TurnOutcome outcome, Visit? visit) =>
        awake.Gate.Release(outcome.Summary.Head.Commit, failure =>
        {
            if (failure is not null)
            {
                visit?.Fail(CommitFailed(failure));
                return;
            }
            _host.CarryOut(_address, outcome);
            visit?.Answer(outcome.Answer);
        });

    /// <summary>A turn broke the activation: it was abandoned, or the database failed. Its caller hears of it when it may.</summary>
    private async ValueTask RecoverAsync(Awake awake, TurnVisit visit, Exception error)
    {
        bool wasAbandoned = awake.Activation.WasAbandoned;
        awake.Gate.Release(awake.Activation.Summary.Head.Commit, failure => visit.Fail(failure ?? error));
        await CloseAsync(awake, isFileCurrent: wasAbandoned);
        if (!wasAbandoned)
        {
            _host.Logger.ActivationBroken(error, _address);
            return;
        }
        try
        {
            Awake fresh = await WakeAsync();
            TurnOutcome outcome = await fresh.Activation.RunAsync(new AbandonedTurn(visit.Turn, Failure.From(error)));
            Commit(fresh, outcome);
            Release(fresh, outcome, null);
        }
        catch (Exception failure)
        {
            _host.Logger.ActivationBroken(failure, _address);
        }
    }

    private async ValueTask WakeForReaderAsync(Visit visit)
    {
        try
        {
            await WakeAsync();
            visit.Answer(Turns.Answer.Nothing);
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    /// <summary>A read goes beside the turns, but leaves through the same gate.</summary>
    private async ValueTask ReadAsync(ReadVisit visit)
    {
        try
        {
            if (_awake is not { Gate.HasFailed: false } awake)
            {
                WakeVisit wake = new();
                if (_mailbox.Post(wake, isBounded: false) == Posted.Closed)
                {
                    _host.PostAgain(_address, visit);
                    return;
                }
                await wake.Answered;
                awake = _awake!;
            }
            if (_reader is null || _reader.Of != awake || _reader.Reader.IsBroken)
            {
                _reader?.Reader.Dispose();
                _reader = new ReaderOf(_host.Runtime.OpenReader(_address, _host.Folder.Database(_address)), awake);
            }
            // Read before the data is: a tag that is older than the data can only make a later If-Match fail.
            long version = awake.Activation.Summary.Version;
            if (await _reader.Reader.RunAsync(visit.Turn) is not { } answer)
            {
                _host.PostAgain(_address, new TurnVisit(visit.Turn), visit);
                return;
            }
            awake.Gate.Release(awake.Activation.StartedCommit, failure =>
            {
                if (failure is null)
                {
                    visit.Answer(answer with { Version = version });
                }
                else
                {
                    visit.Fail(CommitFailed(failure));
                }
            });
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    private async ValueTask HibernateAsync(Visit visit)
    {
        if (!_reads.IsIdle || _awake is { Gate.IsClear: false })
        {
            visit.Answer(Turns.Answer.Nothing);
            return;
        }
        try
        {
            if (_awake is { } awake)
            {
                await CloseAsync(awake, isFileCurrent: !awake.Gate.HasFailed);
            }
            if (_mailbox.TryClose())
            {
                _host.Retire(this);
            }
            visit.Answer(Turns.Answer.Nothing);
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    private async ValueTask PurgeAsync(Visit visit)
    {
        try
        {
            TurnVisit delete = new(new DeleteTurn { Caller = Caller.Runtime });
            await RunAsync(delete);
            // One that has ended before may still have a history; only what never was cannot be purged.
            if ((await delete.Answered).Error is { } error && (error.Code != ErrorCodes.UnknownObject || _entry.LastRecord < 0))
            {
                throw error.ToException();
            }
            if (_awake is { } awake)
            {
                await CloseAsync(awake, isFileCurrent: false);
            }
            PurgeRecord purge = new(_address);
            _host.Journal.Append(purge);
            await purge.Durable;
            _host.Purged(_entry);
            _entry = new CatalogueEntry(_address);
            DatabaseFile.Delete(_host.Folder.Database(_address));
            visit.Answer(Turns.Answer.Nothing);
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    /// <summary>Closes the database once the journal has decided on every commit in it.</summary>
    private async ValueTask CloseAsync(Awake awake, bool isFileCurrent)
    {
        TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectSummary last = awake.Activation.Summary;
        awake.Gate.Release(last.Head.Commit, _ => settled.TrySetResult());
        await settled.Task;
        _awake = null;
        if (_reads.IsIdle)
        {
            // Otherwise the running read notices by itself that its reader belongs to the past.
            _reader?.Reader.Dispose();
            _reader = null;
        }
        awake.Activation.Dispose();
        string path = _host.Folder.Database(_address);
        if (last.Head.Commit == 0)
        {
            DatabaseFile.Delete(path);
        }
        else if (isFileCurrent && !awake.Gate.HasFailed)
        {
            _entry.FileHead = last.Head;
        }
    }

    private static DurableObjectException CommitFailed(Exception cause) =>
        new(503, ErrorCodes.CommitFailed, $"The turn's commit did not become durable: {cause.Message}", cause) { Retryable = true };

    /// <summary>An open database with its gate; the two begin and end together.</summary>
    private sealed record Awake(ObjectActivation Activation, OutputGate Gate);

    /// <summary>A reader, and the opening of the database that it belongs to.</summary>
    private sealed record ReaderOf(ObjectReader Reader, Awake Of);

    private sealed class Observer(LiveObject owner, OutputGate gate) : ICommitObserver
    {
        public void Durable(Commit commit, long position)
        {
            owner._host.Committed(owner._entry, commit.Summary, position);
            gate.Durable(commit.Head.Commit);
        }

        public void Failed(Commit commit, Exception error) => gate.Failed(commit.Head.Commit, error);
    }
}
