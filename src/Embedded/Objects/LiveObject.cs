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
    private readonly Lock _readLock = new();
    private CatalogueEntry _entry;
    private Awake? _awake;
    private bool _isReading;
    private TaskCompletionSource? _readEnded;
    private string? _abandonedFor;

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

    /// <summary>Stops what runs and refuses what waits, when the host's time to stop is over.</summary>
    public void Abandon(string reason)
    {
        Volatile.Write(ref _abandonedFor, reason);
        _awake?.Activation.Abandon(reason);
    }

    private async ValueTask HandleAsync(Visit visit)
    {
        if (visit is not HibernateVisit && Volatile.Read(ref _abandonedFor) is { } reason)
        {
            visit.Fail(new DurableObjectException(503, ErrorCodes.Unavailable, reason) { Retryable = true });
            return;
        }
        try
        {
            if (_entry.MustResume && visit is TurnVisit or WakeVisit)
            {
                await ResumeAsync();
            }
            switch (visit)
            {
                case TurnVisit turn:
                    await RunAsync(turn);
                    break;
                case HibernateVisit hibernate:
                    await HibernateAsync(hibernate);
                    visit.Answer(Turns.Answer.Nothing);
                    break;
                case PurgeVisit:
                    await PurgeAsync();
                    visit.Answer(Turns.Answer.Nothing);
                    break;
                default:
                    await WakeAsync();
                    visit.Answer(Turns.Answer.Nothing);
                    break;
            }
        }
        catch (Exception error)
        {
            if (error is not DurableObjectException { Status: < 500 })
            {
                _host.Logger.VisitFailed(error, _address);
            }
            visit.Fail(error);
        }
    }

    /// <summary>Runs a turn; false if the activation broke under it.</summary>
    private async ValueTask<bool> RunAsync(TurnVisit visit)
    {
        Awake awake = await WakeAsync();
        TurnOutcome outcome;
        try
        {
            // Step 3: the handler runs in a transaction, which is in the database file when this returns.
            outcome = await awake.Activation.RunAsync(visit.Turn);
        }
        catch (Exception error)
        {
            await RecoverAsync(awake, visit, error);
            return false;
        }
        Commit(awake, outcome);
        Release(awake, outcome, visit);
        _entry.LastActive = _host.Clock.GetUtcNow();
        return true;
    }

    /// <summary>
    /// Does what the last run left undone, before any other turn: a signal sent from now on must not overtake those
    /// in the outbox, and a socket opened from now on is not among the lost.
    /// </summary>
    private async ValueTask ResumeAsync()
    {
        if (_entry.Summary.Outbox > 0)
        {
            TurnVisit drain = new(new DrainTurn { Caller = Caller.Runtime });
            if (!await RunAsync(drain))
            {
                await drain.Answered;
            }
        }
        if (_entry.Summary.Sockets > 0)
        {
            TurnVisit lost = new(new SocketsLostTurn([]) { Caller = Caller.Runtime });
            await RunAsync(lost);
            _ = LogFailureAsync(lost);
        }
        _entry.MustResume = false;

        async Task LogFailureAsync(Visit resumed)
        {
            try
            {
                (await resumed.Answered).OrThrow();
            }
            catch (Exception error)
            {
                _host.Logger.ResumeFailed(error, _address);
            }
        }
    }

    /// <summary>Step 2: the database is brought to the object's head and opened, unless it is open already.</summary>
    private async ValueTask<Awake> WakeAsync()
    {
        if (_awake is { } open)
        {
            if (open is { Gate.HasFailed: false, Activation.IsBroken: false })
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
        Awake awake = new(_host.Runtime.Activate(_address, path, _entry.Summary), new OutputGate(_entry.Summary.Head.Commit));
        lock (_readLock)
        {
            _awake = awake;
        }
        return awake;
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
            _host.Journal.Append(new CommitRecord(_entry, commit, new Observer(_host, _entry, awake.Gate)));
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
        long last = awake.Activation.Summary.Head.Commit;
        if (!wasAbandoned)
        {
            // A read may have seen a commit that will never come to the journal, and waits for it.
            awake.Gate.Failed(last + 1, error);
        }
        awake.Gate.Release(last, failure => visit.Fail(failure is null ? error : CommitFailed(failure)));
        await CloseAsync(awake, isFileCurrent: wasAbandoned);
        if (!wasAbandoned)
        {
            _host.Logger.ActivationBroken(error, _address);
            return;
        }
        if (Volatile.Read(ref _abandonedFor) is not null)
        {
            // The host stops; what the turn was about stands in the journal and comes again after the next start.
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
            // If the new activation broke as well, the next turn finds it so and wakes another.
            _host.Logger.ActivationBroken(failure, _address);
        }
    }

    /// <summary>A read goes beside the turns, but leaves through the same gate.</summary>
    private async ValueTask ReadAsync(ReadVisit visit)
    {
        try
        {
            Awake? awake;
            while ((awake = BeginRead()) is null)
            {
                WakeVisit wake = new();
                if (_mailbox.Post(wake, isBounded: false) == Posted.Closed)
                {
                    _host.PostAgain(_address, visit);
                    return;
                }
                await wake.Answered;
            }
            try
            {
                await ReadAsync(awake, visit);
            }
            finally
            {
                EndRead();
            }
        }
        catch (Exception error)
        {
            visit.Fail(error);
        }
    }

    private async ValueTask ReadAsync(Awake awake, ReadVisit visit)
    {
        if (awake.Reader is null or { IsBroken: true })
        {
            awake.Reader?.Dispose();
            awake.Reader = _host.Runtime.OpenReader(_address, _host.Folder.Database(_address));
        }
        // Read before the data is: a tag that is older than the data can only make a later If-Match fail.
        long version = awake.Activation.Summary.Version;
        if (await awake.Reader.RunAsync(visit.Turn) is not { } answer)
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

    /// <summary>The open database, which stays open until the read has ended; null if the object must be woken first.</summary>
    private Awake? BeginRead()
    {
        lock (_readLock)
        {
            if (_awake is not { Gate.HasFailed: false } awake)
            {
                return null;
            }
            _isReading = true;
            return awake;
        }
    }

    private void EndRead()
    {
        TaskCompletionSource? ended;
        lock (_readLock)
        {
            _isReading = false;
            ended = _readEnded;
            _readEnded = null;
        }
        ended?.SetResult();
    }

    /// <summary>Lets no further read begin, and waits for the one that runs.</summary>
    private Task EndReadingAsync()
    {
        lock (_readLock)
        {
            _awake = null;
            if (!_isReading)
            {
                return Task.CompletedTask;
            }
            _readEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _readEnded.Task;
        }
    }

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

    private async ValueTask PurgeAsync()
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
        CatalogueEntry purged = _entry;
        PurgeRecord record = new(_address, () => _host.Purged(purged));
        _host.Journal.Append(record);
        await record.Durable;
        _entry = new CatalogueEntry(_address);
        DatabaseFile.Delete(_host.Folder.Database(_address));
    }

    /// <summary>
    /// Closes the database once the journal has decided on every commit in it. Nothing of it may stay open: SQLite, closing the
    /// last connection, deletes the log beside the file by its name, and that may be another one's by then.
    /// </summary>
    private async ValueTask CloseAsync(Awake awake, bool isFileCurrent)
    {
        await EndReadingAsync();
        TaskCompletionSource settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectSummary last = awake.Activation.Summary;
        awake.Gate.Release(last.Head.Commit, _ => settled.TrySetResult());
        await settled.Task;
        awake.Reader?.Dispose();
        awake.Activation.Dispose();
        if (last.Head.Commit == 0)
        {
            DatabaseFile.Delete(_host.Folder.Database(_address));
        }
        else if (isFileCurrent && !awake.Gate.HasFailed)
        {
            _entry.FileHead = last.Head;
        }
    }

    private static DurableObjectException CommitFailed(Exception cause) =>
        new(503, ErrorCodes.CommitFailed, $"The turn's commit did not become durable: {cause.Message}", cause) { Retryable = true };

    /// <summary>An open database with its gate and, from the first read on, its reader; all begin and end together.</summary>
    private sealed class Awake(ObjectActivation activation, OutputGate gate)
    {
        public ObjectActivation Activation { get; } = activation;

        public OutputGate Gate { get; } = gate;

        public ObjectReader? Reader { get; set; }
    }

    private sealed class Observer(EmbeddedHost host, CatalogueEntry entry, OutputGate gate) : ICommitObserver
    {
        public void Durable(Commit commit, long position)
        {
            host.Committed(entry, commit.Summary, position);
            gate.Durable(commit.Head.Commit);
        }

        public void Failed(Commit commit, Exception error) => gate.Failed(commit.Head.Commit, error);
    }
}
