using DurableObjects.Diagnostics;
using DurableObjects.History;
using DurableObjects.Storage;
using DurableObjects.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Turns;

/// <summary>
/// The way of a turn through the model: begin a transaction, check what must hold, wake the object, run the handler, commit and
/// read the commit out of the log; or, if anything throws, roll back and keep only what the failure itself asks for.
/// </summary>
internal sealed class TurnRunner(
    ObjectRuntime runtime, ObjectClass objectClass, ObjectAddress address, string databasePath, SqliteDatabase database,
    WriteAheadLog log, TurnGuard guard, ObjectSummary start, IObjectHistory? history, ClassDiagnostics diagnostics, TimeSpan opening)
    : IDisposable
{
    /// <summary>
    /// How many times its size a database's history may have before it is made whole again: that adds a quarter to what is written, and
    /// a rebuild after a crash reads at most five times the database.
    /// </summary>
    private const int WholeEvery = 4;

    private readonly RuntimeTables _tables = new(database);
    private readonly ILogger _logger = runtime.Logger(objectClass);
    private DurableObject? _instance;
    private IServiceScope? _services;
    private bool _isOutOfStep;
    private TimeSpan? _opening = opening;
    private long _startedCommit = start.Head.Commit;

    /// <summary>The object after its last commit.</summary>
    public ObjectSummary Summary { get; private set; } = start;

    /// <summary>
    /// The newest commit that a reader may have seen: counted up before SQLite commits, so that a reader which reads this after
    /// it has read the data never takes it for older than it was.
    /// </summary>
    public long StartedCommit => Volatile.Read(ref _startedCommit);

    public async ValueTask<TurnOutcome> RunAsync(TurnScope scope)
    {
        WorkSite site = new(address, database, _tables, guard, scope, Summary, runtime.Clock.GetUtcNow(), _logger, diagnostics);
        TurnWork work = TurnWork.For(scope.Turn, objectClass);
        if (scope.Turn.IdempotencyKey is { } key && AnswerTable.KeyError(key) is { } wrong)
        {
            // Before the transaction: an answer cannot be remembered under a key that is none.
            scope.Claim();
            return Outcome(Answer.Failed(wrong), null, scope);
        }
        try
        {
            Answer? answer = Begin(site, work);
            if (answer is null)
            {
                await WakeAsync(site);
                answer = await work.RunAsync(_instance!, site);
            }
            scope.Claim();
            return Finish(site, answer);
        }
        catch (Exception error) when (!scope.IsAbandoned && !_isOutOfStep)
        {
            scope.Claim();
            return Fail(site, work, error);
        }
    }

    public void Dispose() => DropInstance();

    /// <summary>
    /// The time of a commit, to the millisecond: now, unless the clock was set back. A commit is never before the one before it.
    /// </summary>
    public static DateTimeOffset Later(DateTimeOffset previous, DateTimeOffset now)
    {
        DateTimeOffset rounded = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return rounded > previous ? rounded : previous;
    }

    private Answer? Begin(WorkSite site, TurnWork work) => site.Locked(() =>
    {
        database.Execute("BEGIN");
        Turn turn = site.Scope.Turn;
        if (turn.IdempotencyKey is not null && _tables.Answers.Get(turn, site.Now) is { } remembered)
        {
            return remembered;
        }
        CheckVersion(turn);
        return work.Prepare(site);
    });

    private void CheckVersion(Turn turn)
    {
        if (turn.IfMatch is not { } tag)
        {
            return;
        }
        bool matches = tag.Version is { } version ? Summary.Exists && version == Summary.Version : Summary.Exists;
        if (!matches)
        {
            throw new DurableObjectException(
                412, ErrorCodes.PreconditionFailed,
                Summary.Exists
                    ? $"If-Match is {tag}; the object is at {new EntityTag(Summary.Version)}."
                    : $"If-Match is {tag}; the object does not exist.");
        }
    }

    private async ValueTask WakeAsync(WorkSite site)
    {
        if (_instance is not null)
        {
            return;
        }
        long started = runtime.Clock.GetTimestamp();
        ObjectPast past = new(database, guard, () => Summary, history, runtime.Clock);
        ObjectStorage storage = new(database, guard, runtime.Clock, past);
        ObjectContext context = new(
            address, guard, storage, new ObjectSockets(database, guard),
            new ObjectSignals(database, guard, runtime.Classes, address, runtime.Clock), runtime.Clock, _logger);
        _services = runtime.Services.CreateScope();
        site.Scope.IsConstructing = true;
        DurableObject instance = objectClass.Create(_services.ServiceProvider, context);
        site.Scope.IsConstructing = false;
        // Known before OnWake, so that a failing OnWake disposes it.
        _instance = instance;
        SchemaMigrations.Apply(objectClass, instance.Migrations, database, _tables.Meta, guard, site.Scope);
        await instance.OnWake();
        if (PendingReturn.Get(_tables.Meta) is { } pending)
        {
            await TellAsync(instance, pending, site.Scope);
        }
        diagnostics.Woke(_opening is { } opened ? opened + runtime.Clock.GetElapsedTime(started) : null);
        _opening = null;
    }

    private async ValueTask TellAsync(DurableObject instance, PendingReturn pending, TurnScope scope)
    {
        scope.IsTellingOfReturn = true;
        try
        {
            await instance.OnReturned(pending.ToInfo(Summary.History));
        }
        catch (Exception error) when (!scope.IsAbandoned)
        {
            // It is no answer to the call, which comes again, or may be made again with the same key.
            _logger.OnReturnedFailed(error, address);
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, $"OnReturned failed, and is tried again: {Failure.From(error).Detail}", error)
            { Retryable = true };
        }
        scope.IsTellingOfReturn = false;
        using TurnGuard.Entry entry = guard.Enter();
        PendingReturn.Set(_tables.Meta, null);
        scope.ChangedRuntime();
    }

    private TurnOutcome Finish(WorkSite site, Answer answer)
    {
        TurnScope scope = site.Scope;
        if (scope.Dead is { } dead)
        {
            throw dead;
        }
        if (scope.TransactionDepth > 0)
        {
            throw DurableObjectException.Misuse("The turn ended within a transaction: await TransactionAsync.");
        }
        scope.CloseCursors();
        if (scope.Turn.IdempotencyKey is not null && !answer.Replayed)
        {
            // The version stands in the answer already: a repetition gets the tag of its own time.
            _tables.Answers.Remember(scope.Turn, answer with { Version = NextSummary(scope, site.Now).Version }, site.Now);
            scope.RuntimeChanged = true;
        }
        bool changed = scope.HandlerChanged || scope.RuntimeChanged || (scope.Migrated && Summary.Exists);
        if (!changed)
        {
            // An object that was only read does not come to exist by it, so the tables that its migrations made go again. And
            // SQLite may have written without a row having changed (INSERT OR IGNORE advances AUTOINCREMENT): committed past the
            // history, that would be in the database and not in its commits.
            database.Execute("ROLLBACK");
            if (scope.Migrated)
            {
                DropInstance();
            }
            return Outcome(answer, null, scope);
        }
        Commit commit = Commit(scope, site.Now);
        if (scope.SchemaGone)
        {
            DropInstance();
        }
        return Outcome(answer, commit, scope);
    }

    private TurnOutcome Fail(WorkSite site, TurnWork work, Exception error)
    {
        site.Scope.CloseCursors();
        if (!database.IsAutocommit)
        {
            database.Execute("ROLLBACK");
        }
        // Its fields may tell of what was rolled back. A turn that fails leaves nothing, so the next one starts from storage.
        DropInstance();
        Failure failure = Failure.From(error);
        site.Scope.Failure = failure;
        if (failure.Status >= 500 && !failure.Retryable)
        {
            _logger.TurnFailed(error, address, site.Scope.Turn.GetType().Name);
        }
        TurnScope scope = new(site.Scope.Turn, isReadOnly: false);
        database.Execute("BEGIN");
        Answer? kept = work.Fail(failure, site with { Scope = scope });
        Answer answer = kept ?? new Answer { Error = failure };
        // What was kept is done, and a repetition must not do it again.
        bool isAnswer = kept is not null || (failure.IsDecision && failure.Code != ErrorCodes.IdempotencyKeyReused);
        if (scope.Turn.IdempotencyKey is not null && isAnswer)
        {
            _tables.Answers.Remember(scope.Turn, answer with { Version = Summary.Version }, site.Now);
            scope.RuntimeChanged = true;
        }
        // A commit that SQLite refused at the last moment was already announced to readers; one must follow.
        if (!scope.RuntimeChanged && !scope.HandlerChanged && _startedCommit == Summary.Head.Commit)
        {
            database.Execute("ROLLBACK");
            return Outcome(answer, null, scope);
        }
        return Outcome(answer, Commit(scope, site.Now), scope);
    }

    private Commit Commit(TurnScope scope, DateTimeOffset now)
    {
        Head previous = Summary.Head;
        ObjectSummary next = NextSummary(scope, now);
        Volatile.Write(ref _startedCommit, next.Head.Commit);
        database.Execute("COMMIT");
        // What SQLite has now committed and nobody read out of its log would be missing from the history for ever. Unless this
        // succeeds, the database is of no use any more, and neither is the activation: the host makes it anew from the history.
        _isOutOfStep = true;
        PageChanges changes = log.ReadCommit() ?? Unchanged();
        ReadOnlyMemory<byte> rest = previous.Commit == 0 ? RuntimeSchema.Template : IsWholeDue(changes) ? ReadWhole() : default;
        byte[] pages = PageSet.Encode(changes, rest.Span);
        _isOutOfStep = false;
        diagnostics.Committed(changes.Count, pages.Length);
        Head head = new(next.Head.Commit, PageSet.Chain(previous.Hash, pages));
        Summary = next with
        {
            Head = head,
            History = head.Commit == 1 ? Bookmark.HistoryOf(address.Id, next.CommittedAt, head.Hash) : Summary.History,
            HistoryBytes = (rest.IsEmpty ? Summary.HistoryBytes : 0) + pages.Length,
        };
        if (log.Length > runtime.Options.CheckpointBytes)
        {
            Checkpoint();
        }
        return new Commit(previous, head, pages, Summary) { IsWhole = !rest.IsEmpty };
    }

    /// <summary>Whether so much has been committed since the last whole commit that this one should be whole.</summary>
    private bool IsWholeDue(PageChanges changes)
    {
        long size = (long)changes.DatabasePages * SqliteDatabase.PageBytes;
        return Summary.HistoryBytes > Math.Max(WholeEvery * size, runtime.Options.HistoryBytes) && size <= runtime.Options.MaxWholeBytes;
    }

    /// <summary>Every page of the database; nothing if a reader is in the way, and then the next commit tries again.</summary>
    private ReadOnlyMemory<byte> ReadWhole() => Checkpoint() ? File.ReadAllBytes(databasePath) : default(ReadOnlyMemory<byte>);

    private bool Checkpoint()
    {
        if (!database.Checkpoint())
        {
            return false;
        }
        log.Restarted();
        return true;
    }

    private ObjectSummary NextSummary(TurnScope scope, DateTimeOffset now)
    {
        long number = Summary.Head.Commit + 1;
        bool exists = !scope.Ended && (Summary.Exists || scope.HandlerChanged);
        ObjectSummary next = scope.SummaryChanged ? _tables.Summarize(Summary) : Summary;
        return next with
        {
            Head = new Head(number, default),
            CommittedAt = Later(Summary.CommittedAt, now),
            Exists = exists,
            Version = !exists ? 0 : scope.UserDataChanged || Summary.Version == 0 ? number : Summary.Version,
        };
    }

    private PageChanges Unchanged()
    {
        if (!log.HoldsAll(database))
        {
            throw new DurableObjectException(
                503, ErrorCodes.CommitFailed, "The turn's commit could not be read out of SQLite's log; nothing of it remains.")
            { Retryable = true };
        }
        PageChanges changes = new();
        changes.Complete([], (uint)(ObjectSql.SizeOf(database) / SqliteDatabase.PageBytes));
        return changes;
    }

    private TurnOutcome Outcome(Answer answer, Commit? commit, TurnScope scope) => new(
        answer.Replayed ? answer : answer with { Version = Summary.Version }, Summary)
    {
        Commit = commit,
        Signals = scope.Signals,
        SocketEffects = scope.SocketEffects,
    };

    private void DropInstance()
    {
        DurableObject? instance = _instance;
        _instance = null;
        try
        {
            (instance as IDisposable)?.Dispose();
        }
        catch (Exception error)
        {
            _logger.TurnFailed(error, address, nameof(IDisposable));
        }
        _services?.Dispose();
        _services = null;
    }
}
