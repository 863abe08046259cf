namespace DurableObjects.Entities;

/// <summary>
/// A copy of a replicated log: it stores what its leader sends, acknowledges it, can be read, and gives entries back to a leader that
/// has lost them. It never gives up an entry that may be committed.
/// </summary>
[DurableObject("log-follower")]
public sealed class LogFollower(ObjectContext context) : DurableObject(context), ILogFollower
{
    private const string VerifiedKey = "verified";
    private const string IsolatedKey = "isolated";

    /// <summary>The recovery to which the epoch was promised, until the leader leads in it.</summary>
    private const string PromisedKey = "promised";

    private const string DismissalKey = "dismissal";

    private LogTable Log => new(Storage);

    /// <summary>
    /// The index up to which the log is the leader's of this epoch. What comes after was taken in an earlier epoch: it is kept until
    /// the leader says what stands there, and only then cut off.
    /// </summary>
    private long Verified
    {
        get => Math.Max(Storage.Get<long>(VerifiedKey), Log.Head.Committed);
        set => Storage.Put(VerifiedKey, value);
    }

    /// <summary>How it was dismissed, until it is a follower again and has come that far.</summary>
    private LogDismissal? Dismissal => Storage.Get<LogDismissal>(DismissalKey);

    private bool IsIsolated => Storage.Get<bool>(IsolatedKey);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations => [LogTable.Migration];

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogPage> Read(long from = 1, int limit = LogLimits.PageEntries) =>
        Task.FromResult(Log.Read(from, limit, Log.Head.Committed));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogFollowerStatus> Status()
    {
        LogTable.Header head = Log.Head;
        long last = Log.Last;
        return Task.FromResult(new LogFollowerStatus(head.Base + 1, last, head.Committed, Log.HashAt(last)!, head.Epoch, IsIsolated));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<LogSnapshot> Snapshot() => Task.FromResult(LogTable.SnapshotOf(Log.Head));

    /// <inheritdoc/>
    public Task Isolate(bool isolated)
    {
        if (!Context.Caller.IsInRole(Caller.Administrator))
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "Only administrators isolate a follower.");
        }
        LogReplicaAddress self = LogReplicaAddress.Of(Context);
        bool wasIsolated = IsIsolated;
        Storage.Put(IsolatedKey, isolated);
        if (wasIsolated && !isolated)
        {
            Answer(self, 0, LogVerdict.Gap);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Replicate(LogBatch batch)
    {
        LogReplicaAddress self = CheckLeader();
        if (!IsIsolated)
        {
            Answer(self, batch.Sequence, Take(batch));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Inspect(long epoch, string recovery)
    {
        LogReplicaAddress self = CheckLeader();
        if (IsIsolated)
        {
            return Task.CompletedTask;
        }
        LogTable.Header head = Log.Head;
        // An epoch that was heard of before is another recovery's, of which this leader knows no more, unless it asks twice.
        bool promises = epoch > head.Epoch || (epoch == head.Epoch && Storage.Get<string>(PromisedKey) == recovery);
        if (epoch > head.Epoch)
        {
            Enter(epoch);
            Storage.Put(PromisedKey, recovery);
            head = Log.Head;
        }
        LogReport report = Dismissal is { } left
            ? new(self.Number, head.Epoch, promises, left.Index, left.Hash, left.Replicas, [], Dismissed: true)
            : new(
                self.Number, head.Epoch, promises, head.Committed, Log.HashAt(head.Committed)!, Log.ReplicasAt(head.Committed),
                promises ? Log.Links(head.Committed) : [], Dismissed: false);
        Context.Objects.Signal<IReplicatedLog>(self.Leader, log => log.Report(report));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SendBack(long epoch, long after, long upTo)
    {
        LogReplicaAddress self = CheckLeader();
        if (!IsIsolated && epoch == Log.Head.Epoch)
        {
            LogBatch batch = Log.Batch(after, upTo, 0, withSnapshot: false);
            Context.Objects.Signal<IReplicatedLog>(self.Leader, log => log.GiveBack(self.Number, batch));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Dismiss(LogDismissal? dismissal = null)
    {
        CheckLeader();
        if (IsIsolated)
        {
            return Task.CompletedTask;
        }
        if (dismissal is null)
        {
            Storage.DeleteAll();
        }
        else if (dismissal.Epoch >= Log.Head.Epoch)
        {
            Log.Clear();
            Enter(dismissal.Epoch);
            Storage.Delete(PromisedKey);
            Storage.Put(DismissalKey, dismissal);
        }
        return Task.CompletedTask;
    }

    private LogVerdict Take(LogBatch batch)
    {
        if (batch.Epoch < Log.Head.Epoch)
        {
            return LogVerdict.LeaderBehind;
        }
        if (batch.Epoch > Log.Head.Epoch)
        {
            Enter(batch.Epoch);
        }
        Storage.Delete(PromisedKey);
        // Within an epoch the leader's log only grows, and signals come in order.
        if (batch.Last < Math.Max(Verified, Dismissal?.Index ?? 0) || (batch.Snapshot is { } snapshot && !Take(snapshot)))
        {
            return LogVerdict.LeaderBehind;
        }
        if (batch.Previous >= Log.Head.Base && Log.HashAt(batch.Previous) != batch.PreviousHash)
        {
            return batch.Previous <= Verified ? LogVerdict.LeaderBehind : LogVerdict.Gap;
        }
        if (!Take(batch.Previous, batch.PreviousHash, batch.Records))
        {
            return LogVerdict.LeaderBehind;
        }
        Verified = Math.Max(Verified, batch.Previous + batch.Records.Count);
        if (Verified >= Dismissal?.Index)
        {
            Storage.Delete(DismissalKey);
        }
        if (Log.Last > batch.Last)
        {
            Log.CutAfter(batch.Last);
        }
        LogTable.Header head = Log.Head;
        Log.Set(head with { Committed = Math.Max(head.Committed, Math.Min(batch.Committed, Verified)) });
        return Dismissal is null ? LogVerdict.Stored : LogVerdict.Joining;
    }

    /// <summary>Takes a snapshot; false if something else was verified in its place.</summary>
    private bool Take(LogSnapshot snapshot)
    {
        if (snapshot.Index <= Log.Head.Base)
        {
            return true;
        }
        if (Contradicts(snapshot.Index, snapshot.Hash))
        {
            return false;
        }
        if (Log.HashAt(snapshot.Index) == snapshot.Hash)
        {
            Log.Compact(snapshot);
        }
        else if (snapshot.Index <= Verified)
        {
            return false;
        }
        else
        {
            Log.Install(snapshot);
        }
        Verified = Math.Max(Verified, snapshot.Index);
        return true;
    }

    /// <summary>Takes the records that follow an index; false if something else was verified in the place of one.</summary>
    private bool Take(long previous, string previousHash, IReadOnlyList<LogRecord> records)
    {
        long index = previous;
        string hash = previousHash;
        foreach (LogRecord record in records)
        {
            index++;
            hash = LogTable.HashOf(hash, record);
            if (Contradicts(index, hash))
            {
                return false;
            }
            if (index <= Log.Head.Base || Log.HashAt(index) == hash)
            {
                continue;
            }
            if (index <= Verified)
            {
                return false;
            }
            if (index <= Log.Last)
            {
                Log.CutAfter(index - 1);
            }
            Log.Append(record);
        }
        return true;
    }

    private bool Contradicts(long index, string hash) => Dismissal is { } left && left.Index == index && left.Hash != hash;

    private void Enter(long epoch)
    {
        LogTable.Header head = Log.Head;
        Log.Set(head with { Epoch = epoch });
        Storage.Put(VerifiedKey, head.Committed);
    }

    private void Answer(LogReplicaAddress self, long sequence, LogVerdict verdict)
    {
        LogTable.Header head = Log.Head;
        // After a gap the leader takes what is verified for acknowledged.
        bool isUnsure = verdict == LogVerdict.Gap && Dismissal is not null;
        long verified = isUnsure ? 0 : Verified;
        string hash = isUnsure ? LogTable.GenesisHash : Log.HashAt(verified)!;
        LogReply reply = new(self.Number, head.Epoch, sequence, verdict, verified, hash, head.Committed, head.Base);
        Context.Objects.Signal<IReplicatedLog>(self.Leader, log => log.Acknowledge(reply));
    }

    private LogReplicaAddress CheckLeader()
    {
        LogReplicaAddress self = LogReplicaAddress.Of(Context);
        return Context.Caller.IsInRole(Caller.Object) && Context.Caller.Id == LogReplicaAddress.CallerIdOf(self.Leader)
            ? self
            : throw new DurableObjectException(403, ErrorCodes.Forbidden, "Only the log's leader calls this.");
    }
}
