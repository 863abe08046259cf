using DurableObjects.Embedded.Archive;
using DurableObjects.Embedded.Catalogue;
using DurableObjects.Embedded.Commits;
using DurableObjects.Embedded.Files;
using DurableObjects.Embedded.Journal;
using DurableObjects.Embedded.Objects;
using DurableObjects.Embedded.Signals;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Embedded.Workflows;
using DurableObjects.History;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using DurableObjects.Workflows;

namespace DurableObjects.Embedded;

/// <summary>
/// The one-process host: one folder, one journal for all objects, a catalogue of them in memory. What a turn goes through is in
/// <see cref="LiveObject"/>; what a start and a stop do is in <see cref="EmbeddedHostLifetime"/>.
/// </summary>
internal sealed class EmbeddedHost : IObjectHost, IDisposable
{
    /// <summary>How long until what the host itself needs done is tried again, while the journal cannot write.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ISocketSink _sockets;
    private readonly JournalOptions _journalOptions;
    private readonly Lock _snapshotLock = new();
    private bool _isStopping;
    private bool _isLastSnapshotWritten;

    /// <param name="runtime">The model's runtime.</param>
    /// <param name="options">What can be set.</param>
    /// <param name="sockets">Takes what objects do to their sockets.</param>
    /// <param name="logger">The host's log.</param>
    /// <param name="files">What everything that must survive is kept in: the data folder, unless given.</param>
    /// <param name="activities">Makes the attempts of workflows.</param>
    /// <param name="journalOptions">The journal's tunables.</param>
    public EmbeddedHost(
        ObjectRuntime runtime, EmbeddedHostOptions options, ISocketSink sockets, ILogger<EmbeddedHost> logger, ActivityRunner activities,
        IFolder? files = null, JournalOptions? journalOptions = null)
    {
        Runtime = runtime;
        Logger = logger;
        _sockets = sockets;
        Options = options;
        Waiting = new ByteBudget(options.WaitingBytes, options.WaitingBytes / 8);
        Folder = new DataFolder(options.Data);
        _journalOptions = journalOptions ?? new JournalOptions();
        try
        {
            Files = files ?? new DiskFolder(Folder.Root);
            Archive = new FolderArchive(Files.Folder("archive"));
            Journal = EmbeddedHostLifetime.Open(this, _journalOptions);
        }
        catch
        {
            Folder.Dispose();
            throw;
        }
        Live = new LiveObjects(address => new LiveObject(this, address), Clock, options);
        WakeClock = new WakeClock(Clock, RunClockAsync, logger);
        Signals = new SignalDispatcher(Clock, DeliverAsync, AcknowledgeAsync, logger);
        Activities = new ActivityDispatcher(
            activities, this, async (workflow, outcome) => (await InternalAsync(workflow, outcome)).OrThrow(), options.Activities, Clock, logger);
        Archiver = new Archiver(
            Journal, Catalogue, Archive, new PieceWriter(Archive, Folder, runtime.Options, logger),
            position => WriteSnapshot(position, isLast: false), PurgeEndedAsync, options, Clock, logger);
        // An alarm of a class that is not served any more waits for the day on which it is again.
        foreach (CatalogueEntry entry in Catalogue.Entries.Where(
            entry => entry.Summary.WakeAt is not null && Classes.TryGet(entry.Address.ClassName, out _)))
        {
            WakeClock.Set(entry, entry.Summary.WakeAt);
        }
    }

    public ObjectClasses Classes => Runtime.Classes;

    public EmbeddedHostOptions Options { get; }

    public ObjectRuntime Runtime { get; }

    public TimeProvider Clock => Runtime.Clock;

    public ILogger Logger { get; }

    /// <summary>Bytes of requests, while they are read and until they are answered.</summary>
    public ByteBudget Waiting { get; }

    public DataFolder Folder { get; }

    /// <summary>The data folder as what must survive sees it.</summary>
    public IFolder Files { get; }

    public RecordJournal Journal { get; }

    public FolderArchive Archive { get; }

    public Archiver Archiver { get; }

    public ObjectCatalogue Catalogue { get; } = new();

    public LiveObjects Live { get; }

    public WakeClock WakeClock { get; }

    public SignalDispatcher Signals { get; }

    public ActivityDispatcher Activities { get; }

    public Task<Answer> RunAsync(ObjectAddress address, Turn turn, CancellationToken cancellation)
    {
        ObjectClass objectClass = Classes.Get(address.ClassName);
        Visit visit = turn is CallTurn call && objectClass.Method(call.Method).IsReadOnly
            ? new ReadVisit(call)
            : new TurnVisit(turn) { Name = address.Name };
        // Never refused: what the world has already done to a socket must reach the object.
        bool isBounded = turn is not (SocketClosedTurn or SocketsLostTurn);
        if (isBounded && Volatile.Read(ref _isStopping))
        {
            throw new DurableObjectException(503, ErrorCodes.Unavailable, "The host is stopping.") { Retryable = true };
        }
        DurableObjectException? refused = isBounded && visit is TurnVisit
            ? JournalAdmission.Refusal(Journal, _journalOptions, turn)
            : null;
        refused ??= Live.Post(address, visit, isBounded);
        if (refused is not null)
        {
            Runtime.Diagnostics.Of(address.ClassName).Failed(refused.Code);
            throw refused;
        }
        return cancellation.CanBeCanceled ? visit.Answered.WaitAsync(cancellation) : visit.Answered;
    }

    /// <summary>
    /// Tells an object that a client is gone, until that is durable: nobody else would tell it before the next start.
    /// </summary>
    public async Task<Answer> TellAsync(ObjectAddress address, SocketClosedTurn turn)
    {
        while (true)
        {
            try
            {
                return await RunAsync(address, turn, CancellationToken.None);
            }
            catch (DurableObjectException error) when (
                error.Code is ErrorCodes.CommitFailed or ErrorCodes.Unavailable && !Volatile.Read(ref _isStopping))
            {
                await Task.Delay(RetryAfter, Clock);
            }
        }
    }

    public Task<ObjectEntry?> FindAsync(ObjectAddress address, CancellationToken cancellation)
    {
        _ = Classes.Get(address.ClassName);
        return Task.FromResult(Catalogue.Find(address.Id) is { Summary.Exists: true } entry ? Entry(entry) : null);
    }

    public Task<IReadOnlyList<ObjectEntry>> ListAsync(
        string className, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        _ = Classes.Get(className);
        return Task.FromResult<IReadOnlyList<ObjectEntry>>([.. Catalogue.List(className, prefix, after, limit).Select(Entry)]);
    }

    public async Task PurgeAsync(ObjectAddress address, CancellationToken cancellation)
    {
        _ = Classes.Get(address.ClassName);
        PurgeVisit visit = new();
        Live.Post(address, visit, isBounded: false);
        await visit.Answered.WaitAsync(cancellation);
    }

    /// <summary>Purges an object that has ended so long ago that nothing brings it back any more.</summary>
    private async Task PurgeEndedAsync(ObjectAddress address, DateTimeOffset endedBefore)
    {
        if (Classes.TryGet(address.ClassName, out _))
        {
            PurgeVisit visit = new(endedBefore);
            Live.Post(address, visit, isBounded: false);
            await visit.Answered;
        }
    }

    /// <summary>Takes no more turns from outside.</summary>
    public void Refuse() => Volatile.Write(ref _isStopping, true);

    /// <summary>Carries out what a durable turn asked for.</summary>
    public void CarryOut(ObjectAddress address, TurnOutcome outcome)
    {
        if (outcome.SocketEffects.Count > 0)
        {
            try
            {
                _sockets.CarryOut(address, outcome.SocketEffects);
            }
            catch (Exception error)
            {
                // The turn is durable whatever becomes of its sockets: its signals and its answer must not be lost with them.
                Logger.SocketEffectsFailed(error, address);
            }
        }
        if (outcome.Signals.Count == 0)
        {
            return;
        }
        Signals.Send([.. outcome.Signals.Where(signal => !ActivityPort.Takes(signal))]);
        foreach (Signal attempt in outcome.Signals.Where(ActivityPort.Takes))
        {
            Activities.Send(attempt);
        }
    }

    /// <summary>Takes note of a durable commit, on the journal's thread.</summary>
    public void Committed(CatalogueEntry entry, Commit commit, long position)
    {
        DateTimeOffset? before = entry.Summary.WakeAt;
        Catalogue.Committed(entry, commit.Summary, position, commit.IsWhole);
        if (commit.Summary.WakeAt != before)
        {
            WakeClock.Set(entry, commit.Summary.WakeAt);
        }
    }

    /// <summary>Takes note of a durable purge, on the journal's thread.</summary>
    public void Purged(CatalogueEntry entry)
    {
        Catalogue.Remove(entry);
        WakeClock.Set(entry, null);
    }

    public void Retire(LiveObject live) => Live.Retire(live);

    /// <summary>Posts a visit that came to an object which was just leaving memory.</summary>
    public void PostAgain(ObjectAddress address, Visit visit) => Live.Post(address, visit, isBounded: false);

    /// <summary>Runs a read as an ordinary turn, for whoever waits for the read.</summary>
    public void PostAgain(ObjectAddress address, TurnVisit turn, ReadVisit read)
    {
        // It is the same request, and its bytes must not be in its own way.
        read.GiveBack();
        if (Live.Post(address, turn, isBounded: true) is { } refused)
        {
            Runtime.Diagnostics.Of(address.ClassName).Failed(refused.Code);
            read.Fail(refused);
            return;
        }
        _ = ForwardAsync();

        async Task ForwardAsync()
        {
            try
            {
                read.Answer(await turn.Answered);
            }
            catch (Exception error)
            {
                read.Fail(error);
            }
        }
    }

    /// <summary>Runs a turn of the host's own, which no bound refuses.</summary>
    public Task<Answer> InternalAsync(ObjectAddress address, Turn turn)
    {
        TurnVisit visit = new(turn);
        Live.Post(address, visit, isBounded: false);
        return visit.Answered;
    }

    /// <summary>
    /// Writes a snapshot of the catalogue. None is written after the last: the folder may be another process's by then.
    /// </summary>
    /// <param name="replayFrom">Where the journal goes on behind it.</param>
    /// <param name="isLast">Whether the host stops.</param>
    /// <returns>Whether it was written.</returns>
    public bool WriteSnapshot(long replayFrom, bool isLast)
    {
        lock (_snapshotLock)
        {
            if (_isLastSnapshotWritten)
            {
                return false;
            }
            CatalogueFile.Write(Files, replayFrom, Catalogue.Entries);
            _isLastSnapshotWritten = isLast;
            return true;
        }
    }

    /// <summary>An object's past, up to its newest durable commit.</summary>
    public ObjectHistory HistoryOf(CatalogueEntry entry) => new(Journal, Archive, entry);

    public Task<IObjectHistory?> HistoryAsync(ObjectAddress address, CancellationToken cancellation)
    {
        _ = Classes.Get(address.ClassName);
        return Task.FromResult<IObjectHistory?>(Catalogue.Find(address.Id) is { } entry ? HistoryOf(entry) : null);
    }

    /// <summary>Wakes an object, which does what the last run of the process left it to do.</summary>
    public Task WakeAsync(ObjectAddress address)
    {
        WakeVisit visit = new();
        Live.Post(address, visit, isBounded: false);
        return visit.Answered;
    }

    public void Dispose()
    {
        lock (_snapshotLock)
        {
            _isLastSnapshotWritten = true;
        }
        WakeClock.Dispose();
        Signals.Dispose();
        Activities.Dispose();
        Live.Dispose();
        Archiver.Dispose();
        Journal.Dispose();
        Folder.Dispose();
    }

    private static ObjectEntry Entry(CatalogueEntry entry) => new(entry.Address, entry.Summary, entry.LastActive);

    private async Task RunClockAsync(CatalogueEntry entry)
    {
        // Waking an object opens its database, which may have to be rebuilt: not on the timer's thread, one after the other.
        await Task.Yield();
        DateTimeOffset? before = entry.Summary.WakeAt;
        Answer answer = await InternalAsync(entry.Address, new ClockTurn { Caller = Caller.Runtime });
        if (entry.Summary.WakeAt == before)
        {
            // It failed before it came to what is due, and would do so again at once.
            answer.OrThrow();
        }
    }

    private async Task DeliverAsync(Signal signal) =>
        (await RunAsync(signal.Receiver, new SignalTurn(signal), CancellationToken.None)).OrThrow();

    private async Task AcknowledgeAsync(ObjectAddress sender, IReadOnlyList<SignalReceipt> receipts) =>
        (await InternalAsync(sender, new AcknowledgeTurn(receipts) { Caller = Caller.Runtime })).OrThrow();
}
