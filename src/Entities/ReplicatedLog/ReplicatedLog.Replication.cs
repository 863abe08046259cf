namespace DurableObjects.Entities;

// How entries reach the followers, and become committed.
public sealed partial class ReplicatedLog
{
    /// <summary>Batches that a follower may owe an answer for. More would wait in the outbox, and be sent in larger ones later.</summary>
    private const int Window = 16;

    /// <summary>
    /// How long a follower has to answer until it is asked again, in milliseconds; twice as long after each time in vain. What it is told
    /// without need, such as what is committed, waits as long for something to be told along with.
    /// </summary>
    private const long FirstPatience = 1_000;

    /// <summary>The longest of these times. A follower that was isolated speaks up by itself when that is over.</summary>
    private const long LongestPatience = 5 * 60_000;

    /// <inheritdoc/>
    public Task Acknowledge(LogReply reply)
    {
        CheckFollower(reply.Replica);
        if (Find(reply.Replica) is not { } replica)
        {
            if (reply.Sequence == 0 && IsLeftOver(reply))
            {
                Dismiss(reply.Replica);
            }
            return Task.CompletedTask;
        }
        replica = replica with { Answered = Math.Max(replica.Answered, reply.Sequence), HeardAt = Now, Tries = 0 };
        Save(replica);
        LogTable.Header head = Log.Head;
        if (reply.Epoch > head.Epoch || (reply.Epoch == head.Epoch && Recovery is null && Contradicts(reply, head)))
        {
            StartRecovery(Math.Max(reply.Epoch, head.Epoch));
        }
        else if (reply.Epoch == head.Epoch && Recovery is null)
        {
            // A follower that was returned to its past has less than it had said.
            bool isGap = reply.Verdict == LogVerdict.Gap;
            Save(replica with
            {
                Matched = isGap ? reply.Verified
                    : reply.Verdict == LogVerdict.Joining ? 0
                    : Math.Max(replica.Matched, reply.Verified),
                Next = isGap ? reply.Verified + 1 : Math.Max(replica.Next, reply.Verified + 1),
                // Another answer may be on its way, to a batch that had the snapshot.
                Base = isGap || reply.Sequence == replica.Sent ? reply.Base : Math.Max(replica.Base, reply.Base),
                Told = reply.Committed,
                Probing = isGap,
                Answered = isGap ? replica.Sent : replica.Answered,
            });
            Commit();
            Send(reply.Replica);
        }
        else if (Recovery is not null)
        {
            Ask(reply.Replica);
        }
        else if (reply.Sequence == 0)
        {
            // It can be reached again, and has not heard of this epoch.
            Save(replica with { Answered = replica.Sent });
            Send(reply.Replica, evenNothing: true);
        }
        SetAlarmForNext();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnWake()
    {
        // A follower that was returned to its past, or deleted, does not know that it lacks something. It finds out when it is told
        // something, so each soon is, even if there is nothing to tell.
        if (Sql.Exec("UPDATE replica SET told = -1 WHERE told >= 0 AND sent_at <= ?", Now - FirstPatience).RowsWritten > 0)
        {
            SetAlarmForNext();
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        if (Recovery is not null)
        {
            AskAgain();
        }
        else
        {
            foreach (ReplicaRow replica in Replicas().Where(one => DueAt(one) <= Now))
            {
                // Whatever it owes an answer for may have been lost, so it begins again after what it is known to have.
                Save(replica with { Answered = replica.Sent, Next = replica.Matched + 1, Probing = true, Tries = replica.Tries + 1 });
                Send(replica.Number, evenNothing: true);
            }
        }
        SetAlarmForNext();
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether what a follower has verified in this epoch is not in this log: then it was, and is lost.</summary>
    private bool Contradicts(LogReply reply, LogTable.Header head) => reply.Verdict == LogVerdict.LeaderBehind
        || (reply.Verified >= head.Base && Log.HashAt(reply.Verified) != reply.Hash);

    /// <summary>
    /// Whether a follower that speaks up was dismissed while it could not be reached. A leader that has lost entries may have lost the
    /// one that made it a follower, so it must have led in the follower's epoch or after it, and have all that the follower has.
    /// </summary>
    private bool IsLeftOver(LogReply reply)
    {
        LogTable.Header head = Log.Head;
        return head.Committed > 0 && !IsRecovering && reply.Replica > Log.MostReplicasSince(head.Committed)
            && (reply.Epoch < head.Epoch || (reply.Epoch == head.Epoch && !Contradicts(reply, head)));
    }

    /// <summary>Sends each follower what it lacks.</summary>
    private void SendToAll()
    {
        foreach (int number in Numbers())
        {
            Send(number);
        }
        SetAlarmForNext();
    }

    /// <summary>Sends a follower what it lacks, as far as it does not owe too many answers.</summary>
    private void Send(int number, bool evenNothing = false)
    {
        ReplicaRow replica = Find(number) ?? new ReplicaRow(number, 0, Log.Last, 0, 0, 0, 0, 0, null, 0, Probing: true);
        LogTable.Header head = Log.Head;
        long last = Log.Last;
        bool needsSnapshot = replica.Base < head.Base;
        while ((evenNothing || replica.Next <= last || needsSnapshot) && replica.Sent - replica.Answered < (replica.Probing ? 1 : Window))
        {
            LogBatch batch = Log.Batch(replica.Next - 1, last, replica.Sent + 1, needsSnapshot);
            SignalTo(number, follower => follower.Replicate(batch));
            replica = replica with
            {
                Sent = batch.Sequence,
                SentAt = Now,
                Next = batch.Previous + batch.Records.Count + 1,
                Base = head.Base,
            };
            evenNothing = needsSnapshot = false;
        }
        Save(replica);
    }

    /// <summary>Moves the committed index up to where a majority has the log.</summary>
    private void Commit()
    {
        long to = Log.Head.Committed;
        long reached = MatchedByMajority(Log.ReplicasAt(to));
        // An entry that changes the number needs a majority of those before as well as of those after it; what follows, only of these.
        while (Log.ChangeAfter(to) is { } change && reached >= change)
        {
            reached = MatchedByMajority(Log.ReplicasAt(change));
            to = reached >= change ? change : change - 1;
        }
        Commit(Math.Max(to, reached));
    }

    private void Commit(long to)
    {
        LogTable.Header head = Log.Head;
        if (to <= head.Committed)
        {
            return;
        }
        Log.Set(head with { Committed = to });
        Context.Sockets.Send("committed", new LogCommitted(head.Committed + 1, to));
        foreach (ReplicaRow left in Replicas().Where(one => one.Number > Log.MostReplicasSince(to)))
        {
            Dismiss(left.Number);
            Sql.Exec("DELETE FROM replica WHERE number = ?", left.Number);
        }
    }

    private void Dismiss(int number)
    {
        LogTable.Header head = Log.Head;
        LogDismissal dismissal = new(head.Epoch, head.Committed, Log.HashAt(head.Committed)!, Log.ReplicasAt(head.Committed));
        SignalTo(number, follower => follower.Dismiss(dismissal));
    }

    private long MatchedByMajority(int replicas)
    {
        long[] matched = new long[replicas];
        foreach (ReplicaRow replica in Replicas().Where(one => one.Number <= replicas))
        {
            matched[replica.Number - 1] = replica.Matched;
        }
        Array.Sort(matched);
        return matched[replicas - MajorityOf(replicas)];
    }

    /// <summary>The numbers of the followers: those in force, and while that changes those before.</summary>
    private IEnumerable<int> Numbers() => Enumerable.Range(1, Log.MostReplicasSince(Log.Head.Committed));

    private void SetAlarmForNext()
    {
        long? next = Recovery is { } recovery ? recovery.AskedAt + Patience(recovery.Tries) : Replicas().Min(DueAt);
        if (next is { } due)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(due));
        }
        else
        {
            Storage.DeleteAlarm();
        }
    }

    /// <summary>When a follower is to be told something again; null if it knows all.</summary>
    private long? DueAt(ReplicaRow replica)
    {
        LogTable.Header head = Log.Head;
        bool knowsAll = replica.Matched >= Log.Last && replica.Told >= head.Committed && replica.Base >= head.Base;
        return knowsAll ? null : replica.SentAt + Patience(replica.Tries);
    }

    private static long Patience(int tries) => Math.Min(FirstPatience << Math.Min(tries, 20), LongestPatience);

    private void SignalTo(int number, Action<ILogFollower> call) =>
        Context.Objects.Signal(LogReplicaAddress.Follower(Context.Address, number), call);

    private void CheckFollower(int number)
    {
        bool isOne = number is >= 1 and <= LogLimits.MaxReplicas && Context.Caller.IsInRole(Caller.Object)
            && Context.Caller.Id == LogReplicaAddress.CallerIdOf(LogReplicaAddress.Follower(Context.Address, number));
        if (!isOne)
        {
            throw new DurableObjectException(403, ErrorCodes.Forbidden, "Only the log's followers call this.");
        }
    }

    private List<ReplicaRow> Replicas() => [.. Sql.Exec("SELECT * FROM replica ORDER BY number").As<ReplicaRow>()];

    private ReplicaRow? Find(int number) => Sql.Exec("SELECT * FROM replica WHERE number = ?", number).As<ReplicaRow>().FirstOrDefault();

    private void Save(ReplicaRow one) => Sql.Exec(
        "INSERT OR REPLACE INTO replica VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        one.Number, one.Matched, one.Next, one.Base, one.Told, one.Sent, one.Answered, one.SentAt, one.HeardAt, one.Tries, one.Probing);

    /// <summary>What is known of a follower.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Matched">The index up to which it has this log.</param>
    /// <param name="Next">The index that is sent to it next.</param>
    /// <param name="Base">The index up to which it has compacted, or was told to.</param>
    /// <param name="Told">The committed index that it knows; -1 if it is to be told in any case.</param>
    /// <param name="Sent">The sequence of the last batch.</param>
    /// <param name="Answered">The sequence up to which it owes no answer.</param>
    /// <param name="SentAt">When the last batch was sent.</param>
    /// <param name="HeardAt">When it last answered.</param>
    /// <param name="Tries">How often it was asked again in vain.</param>
    /// <param name="Probing">Whether it is not known what it has, so that it gets one batch at a time.</param>
    private sealed record ReplicaRow(
        int Number, long Matched, long Next, long Base, long Told, long Sent, long Answered, long SentAt, long? HeardAt, int Tries,
        bool Probing);
}
