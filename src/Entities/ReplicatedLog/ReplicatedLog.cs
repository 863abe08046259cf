using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The leader of a log of which followers, objects of the class <c>log-follower</c>, keep copies. What is appended is committed, and
/// stays, when a majority of them has it; a minority that cannot be reached does not stop it, and a majority is reported.
/// </summary>
/// <remarks>
/// The rules are Raft's (Ongaro and Ousterhout, 2014): a majority of logs that match by the hash of what comes before, epochs that a
/// follower promises, joint majorities while their number changes. There is no election, since the platform runs one object of a name.
/// In its place stands recovery: a leader that was returned to its past, or deleted, has lost entries without knowing. So its own
/// copy never counts for a majority, and what its followers have more than it, it gets back from them.
/// </remarks>
[DurableObject("replicated-log")]
public sealed partial class ReplicatedLog(ObjectContext context) : DurableObject(context), IReplicatedLog
{
    private const string UnavailableAfterKey = "unavailable-after";

    /// <summary>
    /// How long a majority may take unless it was said otherwise, in milliseconds. The signals there and back take some ms to some s.
    /// </summary>
    private const long DefaultUnavailableAfter = 10_000;

    private LogTable Log => new(Storage);

    private ObjectSql Sql => Storage.Sql;

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    private long UnavailableAfter => Storage.Get(UnavailableAfterKey, DefaultUnavailableAfter);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        LogTable.Migration,
        """
        CREATE TABLE replica(
            number INTEGER PRIMARY KEY, matched INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL, base INTEGER NOT NULL DEFAULT 0,
            told INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0,
            sent_at INTEGER NOT NULL DEFAULT 0, heard_at INTEGER, tries INTEGER NOT NULL DEFAULT 0, probing INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE recovery(since INTEGER NOT NULL, asked_at INTEGER NOT NULL, tries INTEGER NOT NULL, id TEXT NOT NULL, source INTEGER,
            target INTEGER);
        CREATE TABLE report(replica INTEGER PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE stash(position INTEGER PRIMARY KEY, id TEXT NOT NULL, data TEXT, replicas INTEGER, at INTEGER NOT NULL);
        """,
    ];

    /// <inheritdoc/>
    public Task<LogAppended> Append(JsonElement data, string? id = null)
    {
        string json = Argument.Json<JsonElement>(data, "data", LogLimits.DataBytes)!;
        if (id is not null)
        {
            Argument.Text(id, "id", LogLimits.IdCharacters);
            if (Log.Find(id) is { } known)
            {
                return Task.FromResult(known.Data == json
                    ? Appended(known.Idx, id)
                    : throw new DurableObjectException(
                        409, LogLimits.EntryIdReused, $"The id '{id}' is that of entry {known.Idx}, which has other data."));
            }
        }
        return Task.FromResult(Append(new LogRecord(id ?? Guid.NewGuid().ToString("N"), json, null, Now)));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogEntry> Entry(long index)
    {
        LogPage page = Log.Read(index, 1, Log.Last);
        return Task.FromResult(page.Entries.Count > 0
            ? page.Entries[0]
            : throw new DurableObjectException(404, LogLimits.UnknownEntry, $"There is no entry {index}; the last is {page.Last}."));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogPage> Read(
        long from = 1, int limit = LogLimits.PageEntries, LogConsistency consistency = LogConsistency.Committed) => consistency switch
        {
            // It would show less than it once did.
            LogConsistency.Committed when IsRecovering => throw Recovering(),
            LogConsistency.Committed => Task.FromResult(Log.Read(from, limit, Log.Head.Committed)),
            LogConsistency.Latest => Task.FromResult(Log.Read(from, limit, Log.Last)),
            _ => throw Argument.Invalid($"'consistency' is {consistency}; it must be committed or latest."),
        };

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogStatus> Status() => Task.FromResult(GetStatus());

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogSnapshot> Snapshot() => Task.FromResult(LogTable.SnapshotOf(Log.Head));

    /// <inheritdoc/>
    public Task<LogSnapshot> Compact(long upTo, JsonElement? snapshot = null)
    {
        Argument.Within(upTo, "upTo", 1, long.MaxValue);
        string? json = Argument.Json(snapshot, "snapshot", LogLimits.SnapshotBytes);
        LogTable.Header head = Log.Head;
        if (IsRecovering)
        {
            throw Recovering();
        }
        if (upTo > head.Committed)
        {
            throw new DurableObjectException(
                409, LogLimits.NotCommitted, $"'upTo' is {upTo}, and the log is committed up to {head.Committed}.");
        }
        if (upTo > head.Base)
        {
            LogSnapshot value = new(
                upTo, Log.HashAt(upTo)!, Log.ReplicasAt(upTo),
                json is null ? null : JsonSerializer.Deserialize<JsonElement>(json, ObjectJson.Options));
            Log.Compact(value);
            SendToAll();
        }
        return Task.FromResult(LogTable.SnapshotOf(Log.Head));
    }

    /// <inheritdoc/>
    public Task<LogStatus> Configure(int? replicas = null, decimal? unavailableAfterSeconds = null)
    {
        if (unavailableAfterSeconds is { } seconds)
        {
            Storage.Put(
                UnavailableAfterKey,
                Argument.Milliseconds(seconds, "unavailableAfterSeconds", 0.001m, LogLimits.MaxUnavailableAfterSeconds));
        }
        if (replicas is { } count)
        {
            Argument.Within(count, "replicas", 1, LogLimits.MaxReplicas);
            if (Log.ChangeAfter(Log.Head.Committed) is { } pending)
            {
                throw new DurableObjectException(
                    409, LogLimits.ChangePending, $"Entry {pending} changes the number of followers and is not committed yet.");
            }
            if (count != Log.ReplicasAt(Log.Last))
            {
                Append(new LogRecord(Guid.NewGuid().ToString("N"), null, count, Now));
            }
        }
        return Task.FromResult(GetStatus());
    }

    /// <inheritdoc/>
    public Task Recover()
    {
        StartRecovery(Log.Head.Epoch);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Destroy()
    {
        if (!Context.Caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "Only administrators end a log.");
        }
        // Those that were dismissed remember it.
        for (int number = 1; number <= LogLimits.MaxReplicas; number++)
        {
            SignalTo(number, follower => follower.Dismiss(null));
        }
        Storage.DeleteAll();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.Send("status", GetStatus());
        return ValueTask.CompletedTask;
    }

    private static int MajorityOf(int replicas) => replicas / 2 + 1;

    private static DurableObjectException Unavailable(string why) => new(503, LogLimits.Unavailable, why) { Retryable = true };

    private static DurableObjectException Recovering() => Unavailable("The leader is getting back what it lost.");

    private LogAppended Append(LogRecord record)
    {
        LogTable.Header head = Log.Head;
        LogStatus status = GetStatus();
        if (status.State == LogHealth.Recovering)
        {
            throw Recovering();
        }
        if (status.State == LogHealth.Unavailable)
        {
            throw Unavailable(
                $"Entry {head.Committed + 1} waits for a majority since {status.PendingSince:O}, which is over "
                + $"{status.UnavailableAfterSeconds} s. Nothing was appended.");
        }
        if (status.Last - head.Committed >= LogLimits.MaxPending)
        {
            throw new DurableObjectException(
                503, LogLimits.TooManyPending, $"{LogLimits.MaxPending:N0} entries wait for a majority, which is the limit.")
            { Retryable = true, Overloaded = true };
        }
        if (head.Bytes >= LogLimits.MaxBytes)
        {
            throw new DurableObjectException(
                409, LogLimits.LogFull, $"The log has {head.Bytes:N0} bytes; the limit is {LogLimits.MaxBytes:N0} bytes. Compact it.");
        }
        long index = Log.Append(record);
        SendToAll();
        return Appended(index, record.Id);
    }

    private LogAppended Appended(long index, string id) =>
        new(index, id, index <= Log.Head.Committed ? LogEntryState.Committed : LogEntryState.Pending);

    private LogStatus GetStatus()
    {
        LogTable.Header head = Log.Head;
        RecoveryRow? recovery = Recovery;
        long? since = recovery?.Since ?? Log.Find(head.Committed + 1)?.At;
        LogHealth health = IsRecovering ? LogHealth.Recovering
            : since is { } waiting && Now - waiting >= UnavailableAfter ? LogHealth.Unavailable
            : LogHealth.Available;
        long last = Log.Last;
        int replicas = Log.ReplicasAt(last);
        return new LogStatus(
            health, replicas, MajorityOf(replicas), head.Base + 1, last, head.Committed, TimeOf(since), UnavailableAfter / 1_000m,
            head.Epoch, [.. Replicas().Select(one => new LogReplica(one.Number, one.Matched, TimeOf(one.HeardAt), one.Tries))]);
    }

    private static DateTimeOffset? TimeOf(long? milliseconds) =>
        milliseconds is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
}
