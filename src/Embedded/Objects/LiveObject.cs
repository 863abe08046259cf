using DurableObjects.Diagnostics;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Hosting;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>
/// An object in this process, and the way of a turn: it waits in the mailbox; the object is woken, its database brought to its
/// head; the runtime runs the turn; its commit goes into the journal; the next turn begins; and once the commit is durable, the
/// answer leaves and the effects are carried out.
/// </summary>
internal sealed partial class LiveObject
{
    private readonly EmbeddedHost _host;
    private readonly Mailbox<Visit> _mailbox;
    private readonly Mailbox<ReadVisit> _reads;
    private readonly ByteBudget _waiting = new(Limits.WaitingBytes);
    private readonly ClassDiagnostics _diagnostics;
    private ObjectAddress _address;
    private CatalogueEntry? _entry;
    private Awake? _awake;

    public LiveObject(EmbeddedHost host, ObjectAddress address)
    {
        _host = host;
        _address = address;
        _mailbox = new Mailbox<Visit>(Limits.WaitingTurns, HandleAsync);
        _reads = new Mailbox<ReadVisit>(Limits.WaitingTurns, ReadAsync);
        _diagnostics = host.Runtime.Diagnostics.Of(address.ClassName);
        LastUsed = host.Clock.GetTimestamp();
    }

    public ObjectAddress Address => Volatile.Read(ref _address);

    /// <summary>A timestamp of the host's clock.</summary>
    public long LastUsed { get; private set; }

    public bool IsIdle => _mailbox.IsIdle && _reads.IsIdle;

    /// <summary>
    /// The object's entry in the catalogue, for what the mailbox handles. Looked up by the first visit and not before: an earlier
    /// live object of the same id may have committed until the moment at which this one took its place.
    /// </summary>
    private CatalogueEntry Entry
    {
        get
        {
            if (_entry is null)
            {
                _entry = _host.Catalogue.FindOrNew(Address);
                Volatile.Write(ref _address, _entry.Address);
            }
            return _entry;
        }
        set => _entry = value;
    }

    /// <summary>Step 1: the visit waits for those before it.</summary>
    public Posted Post(Visit visit, bool isBounded)
    {
        visit.PostedAt = LastUsed = _host.Clock.GetTimestamp();
        Posted posted = visit.Take(_waiting, _host.Waiting, isBounded);
        if (posted == Posted.Accepted)
        {
            posted = visit is ReadVisit read ? _reads.Post(read, isBounded) : _mailbox.Post(visit, isBounded);
            if (posted != Posted.Accepted)
            {
                visit.GiveBack();
            }
        }
        return posted;
    }

    /// <summary>Why a visit was not accepted.</summary>
    public DurableObjectException Refusal(Visit visit, Posted posted) => posted switch
    {
        Posted.ObjectIsFull => _waiting.Overloaded($"wait for {Address}", visit.Bytes),
        Posted.HostIsFull => _host.Waiting.Overloaded("of requests are held by the host", visit.Bytes),
        _ => new DurableObjectException(
            503, ErrorCodes.Overloaded, $"{Limits.WaitingTurns:N0} turns wait in front of {Address}, which is the limit.")
        {
            Retryable = true,
            Overloaded = true,
            RetryAfter = TimeSpan.FromSeconds(1),
        },
    };

    private async ValueTask HandleAsync(Visit visit)
    {
        LeftMailbox(visit);
        if (visit is not HibernateVisit && Volatile.Read(ref _abandonedFor) is { } reason)
        {
            visit.Fail(new DurableObjectException(503, ErrorCodes.Unavailable, reason) { Retryable = true });
            return;
        }
        try
        {
            if (visit is TurnVisit or PurgeVisit)
            {
                await _host.Journal.WaitForRoomAsync();
                if (JournalAdmission.Fault(_host.Journal, (visit as TurnVisit)?.Turn) is { } refused)
                {
                    _diagnostics.Failed(refused.Code);
                    visit.Fail(refused);
                    return;
                }
            }
            // A read needs nothing of that, and while the journal cannot write nothing of it would last.
            if (Entry.MustResume && _host.Journal.Fault is null && visit is TurnVisit or WakeVisit)
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
                case PurgeVisit purge:
                    await PurgeAsync(purge);
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
                _host.Logger.VisitFailed(error, Address);
            }
            visit.Fail(error);
        }
    }

    /// <summary>Step 2: the database is brought to the object's head and opened, unless it is open already.</summary>
    private async ValueTask<Awake> WakeAsync()
    {
        // In this order: a commit that failed before the journal recovered has failed for all to see by now.
        long recoveries = _host.Journal.Recoveries;
        if (_awake is { } open)
        {
            if (open is { Gate.HasFailed: false, Activation.IsBroken: false })
            {
                open.Gate.Recoveries = recoveries;
                return open;
            }
            // The file holds commits that are not in the journal.
            await CloseAsync(open, isFileCurrent: false);
        }
        await _host.Live.TakePlaceAsync();
        try
        {
            return await OpenAsync(recoveries);
        }
        catch when (_awake is null)
        {
            _host.Live.LeavePlace();
            throw;
        }
    }

    private async ValueTask<Awake> OpenAsync(long recoveries)
    {
        long since = _host.Clock.GetTimestamp();
        string path = _host.Folder.Database(Address);
        ObjectHistory history = _host.HistoryOf(Entry);
        if (!DatabaseFiles.IsAsLeft(Entry, path))
        {
            _host.Logger.DatabaseDamaged(path);
        }
        await DatabaseFiles.BringToHeadAsync(history, Entry, path);
        // From here on the file runs ahead of the journal, so until it is closed it proves nothing.
        Entry.FileHead = null;
        Entry.FileNeedsFlush = true;
        OutputGate gate = new(Entry.Summary.Head.Commit) { Recoveries = recoveries };
        ObjectSummary summary = Entry.Summary;
        Exception? refusal = null;
        if (summary.RestoreTo is not null)
        {
            // It is a commit, and until it can be made the object is not what it is to be, not for readers either.
            if (JournalAdmission.Fault(_host.Journal, turn: null) is { } refused)
            {
                throw refused;
            }
            (summary, refusal) = await RestoreAsync(history, path, gate);
        }
        SettledHistory settled = new(history, gate, () => Started);
        Awake awake;
        try
        {
            awake = new(_host.Runtime.Activate(Address, path, summary, settled, since), gate);
        }
        catch
        {
            // A return may be on its way into the journal, and must be known to the next attempt, or it would be made twice.
            await gate.SettledAsync(summary.Head.Commit);
            throw;
        }
        lock (_readLock)
        {
            _awake = awake;
        }
        if (refusal is not null)
        {
            await GiveUpRestoreAsync(awake, refusal);
        }
        return awake;
    }

    /// <summary>Runs a turn; false if the activation broke under it.</summary>
    private async ValueTask<bool> RunAsync(TurnVisit visit)
    {
        if (visit.Name is { } name && Entry.Address.Name is null)
        {
            await NameAsync(name);
        }
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
        Commit(awake.Gate, outcome);
        Release(awake.Gate, outcome, visit);
        Entry.LastActive = _host.Clock.GetUtcNow();
        if (outcome.Summary.RestoreTo is not null)
        {
            await CloseAsync(awake, isFileCurrent: true);
            await WakeAsync();
        }
        return true;
    }

    /// <summary>An id tells no name, so an object that was asked for by its id learns its name when somebody uses it.</summary>
    private async ValueTask NameAsync(string name)
    {
        if (_awake is { } awake)
        {
            await CloseAsync(awake, isFileCurrent: true);
        }
        _host.Catalogue.Name(Entry, name);
        Volatile.Write(ref _address, Entry.Address);
    }

    /// <summary>Step 4: the commit joins the journal's next batch. Nothing waits for it here.</summary>
    private void Commit(OutputGate gate, TurnOutcome outcome)
    {
        if (outcome.Commit is not { } commit)
        {
            return;
        }
        try
        {
            _host.Journal.Append(new CommitRecord(Entry, commit, new Observer(_host, Entry, gate, _diagnostics)), gate.Recoveries);
        }
        catch (Exception error)
        {
            _diagnostics.Failed(ErrorCodes.CommitFailed);
            gate.Failed(commit.Head.Commit, error);
        }
    }

    /// <summary>Step 5: once all that the turn could have seen is durable, its effects and its answer leave, in order.</summary>
    private void Release(OutputGate gate, TurnOutcome outcome, Visit? visit) =>
        gate.Release(outcome.Summary.Head.Commit, failure =>
        {
            if (failure is not null)
            {
                visit?.Fail(CommitFailed(failure));
                return;
            }
            _host.CarryOut(Address, outcome);
            visit?.Answer(outcome.Answer);
        });

    private static DurableObjectException CommitFailed(Exception cause) =>
        new(503, ErrorCodes.CommitFailed, $"The turn's commit did not become durable: {cause.Message}", cause)
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    private void LeftMailbox(Visit visit)
    {
        if (visit is TurnVisit or ReadVisit)
        {
            _diagnostics.LeftMailbox(_host.Clock.GetElapsedTime(visit.PostedAt));
        }
    }

    /// <summary>An open database with its gate and, from the first read on, its reader; all begin and end together.</summary>
    private sealed class Awake(ObjectActivation activation, OutputGate gate)
    {
        public ObjectActivation Activation { get; } = activation;

        public OutputGate Gate { get; } = gate;

        public ObjectReader? Reader { get; set; }
    }

    private sealed class Observer(EmbeddedHost host, CatalogueEntry entry, OutputGate gate, ClassDiagnostics diagnostics) : ICommitObserver
    {
        private readonly long _appended = host.Clock.GetTimestamp();

        public void Durable(Commit commit, long position)
        {
            host.Committed(entry, commit, position);
            diagnostics.BecameDurable(host.Clock.GetElapsedTime(_appended), host.Journal.DurablePosition);
            gate.Durable(commit.Head.Commit);
        }

        public void Failed(Commit commit, Exception error)
        {
            diagnostics.Failed(ErrorCodes.CommitFailed);
            gate.Failed(commit.Head.Commit, error);
        }
    }
}
