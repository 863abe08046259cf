using System.Text.Json;

namespace DurableObjects.Entities;

// How a leader that has lost entries gets them back.
public sealed partial class ReplicatedLog
{
    private const string AdoptedKey = "adopted";

    private RecoveryRow? Recovery => Sql.Exec("SELECT * FROM recovery").As<RecoveryRow>().FirstOrDefault();

    /// <summary>Whether the leader is getting entries back, or has them back and does not know yet which of them are committed.</summary>
    private bool IsRecovering => Recovery is not null || Log.Head.Committed < Storage.Get<long>(AdoptedKey);

    /// <inheritdoc/>
    public Task Report(LogReport report)
    {
        CheckFollower(report.Replica);
        LogTable.Header head = Log.Head;
        bool isOutdone = report.Epoch > head.Epoch || (report.Epoch == head.Epoch && !report.Promised);
        if (Recovery is not null && isOutdone)
        {
            StartRecovery(report.Epoch);
        }
        else if (Recovery is { Target: null } && report.Epoch == head.Epoch)
        {
            Sql.Exec(
                "INSERT OR REPLACE INTO report VALUES (?, ?)", report.Replica, JsonSerializer.Serialize(report, ObjectJson.Options));
            Decide();
            SetAlarmForNext();
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task GiveBack(int replica, LogBatch batch)
    {
        CheckFollower(replica);
        if (Recovery is not { Target: { } target } recovery || recovery.Source != replica || batch.Epoch != Log.Head.Epoch)
        {
            return Task.CompletedTask;
        }
        Stash();
        if (batch.Snapshot is { } snapshot && snapshot.Index > Log.Last)
        {
            Log.Install(snapshot);
        }
        if (Log.HashAt(batch.Previous) != batch.PreviousHash || batch.Previous != Log.Last)
        {
            // A late answer to a question that was asked twice.
            return Task.CompletedTask;
        }
        foreach (LogRecord record in batch.Records)
        {
            Log.Append(record);
        }
        if (Log.Last < target && batch.Records.Count > 0)
        {
            Fetch(recovery with { Tries = 0 });
        }
        else
        {
            Lead(Log.Last);
        }
        SetAlarmForNext();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnReturned(ReturnInfo info)
    {
        StartRecovery(Log.Head.Epoch);
        return ValueTask.CompletedTask;
    }

    /// <summary>Begins an epoch above one, and asks the followers what they have.</summary>
    private void StartRecovery(long epoch)
    {
        long since = Recovery?.Since ?? Now;
        if (HasStashed)
        {
            // What an earlier recovery had got back of its own is not this one's.
            Log.CutAfter(Log.Head.Committed);
        }
        LogTable.Header head = Log.Head;
        Log.Set(head with { Epoch = Math.Max(head.Epoch, epoch) + 1 });
        Sql.Exec("DELETE FROM report");
        SetRecovery(new RecoveryRow(since, Now, 0, Guid.NewGuid().ToString("N"), null, null));
        foreach (int number in Numbers())
        {
            Ask(number);
        }
        SetAlarmForNext();
    }

    private void Ask(int number)
    {
        long epoch = Log.Head.Epoch;
        bool isMissing = Sql.Exec("SELECT 1 FROM report WHERE replica = ?", number).FirstOrDefault() is null;
        if (isMissing && Recovery is { Target: null, Id: { } id })
        {
            SignalTo(number, follower => follower.Inspect(epoch, id));
        }
    }

    private void AskAgain()
    {
        RecoveryRow recovery = Recovery!;
        if (recovery.Target is not null && recovery.Tries > 0)
        {
            // The follower that was to give them back went away. Another may have them.
            StartRecovery(Log.Head.Epoch);
            return;
        }
        SetRecovery(recovery with { AskedAt = Now, Tries = recovery.Tries + 1 });
        if (recovery.Target is not null)
        {
            Fetch(recovery with { Tries = 1 });
            return;
        }
        foreach (int number in Numbers())
        {
            Ask(number);
        }
        Decide();
    }

    /// <summary>
    /// Decides, when enough followers have said what they have, what the log is: everything that may be committed, which is what a
    /// majority has or would have if those that are silent have it too. An empty log may be one whose storage was lost, so a follower
    /// with one counts as silent; but it is not waited for. Where that could be two different entries, since a leader that
    /// did not know of its loss appended another in the place of a lost one, only more answers decide.
    /// </summary>
    private void Decide()
    {
        List<LogReport> reports =
        [
            .. Sql.Exec("SELECT value FROM report").Select(
                row => JsonSerializer.Deserialize<LogReport>(row.Get<string>(0)!, ObjectJson.Options)!),
        ];
        if (reports.MaxBy(one => one.Committed) is not { } furthest)
        {
            return;
        }
        LogTable.Header head = Log.Head;
        long index = Math.Max(head.Committed, furthest.Committed);
        string hash = furthest.Committed >= head.Committed ? furthest.CommittedHash : Log.HashAt(index)!;
        int replicas = furthest.Committed >= head.Committed ? furthest.Replicas : Log.ReplicasAt(index);
        List<LogReport> holders = [.. reports.Where(one => !one.Dismissed && HashAt(one, index) == hash)];
        List<LogReport> filled = [.. reports.Where(one => !IsEmpty(one))];
        while (true)
        {
            bool areAllHeard = reports.Count(one => one.Replica <= replicas) == replicas;
            if (!IsHeard(filled, replicas) && !areAllHeard)
            {
                return;
            }
            LogLink[] possible = Possible(holders, index + 1, replicas, filled);
            if (possible.Length > 1 && areAllHeard)
            {
                // No more answers will come.
                possible = Possible(holders, index + 1, replicas, reports);
            }
            if (possible.Length > 1)
            {
                return;
            }
            if (possible.Length == 0)
            {
                break;
            }
            index++;
            hash = possible[0].Hash;
            replicas = possible[0].Replicas ?? replicas;
            holders.RemoveAll(one => HashAt(one, index) != hash);
        }
        if (Log.HashAt(index) == hash)
        {
            Lead(index);
        }
        else if (holders.Count > 0)
        {
            Fetch(Recovery! with { Source = holders[0].Replica, Target = index, Tries = 0 });
        }
    }

    /// <summary>Whether a majority of so many followers has answered; those that were not asked yet are.</summary>
    private bool IsHeard(List<LogReport> reports, int replicas)
    {
        foreach (int number in Enumerable.Range(1, replicas).Where(number => number > Numbers().Last()))
        {
            Ask(number);
        }
        return reports.Count(one => one.Replica <= replicas) >= MajorityOf(replicas);
    }

    private static bool IsEmpty(LogReport report) => report is { Committed: 0, Tail.Count: 0 };

    private static LogLink[] Possible(List<LogReport> holders, long index, int replicas, List<LogReport> reports) =>
    [
        .. holders.Select(one => LinkAt(one, index)).OfType<LogLink>().Distinct()
            .Where(link => MayBeCommitted(link, replicas, reports, [.. holders.Where(one => LinkAt(one, index) == link)])),
    ];

    private static bool MayBeCommitted(LogLink link, int replicas, List<LogReport> reports, List<LogReport> holders)
    {
        return MayBe(replicas) && (link.Replicas is not { } changed || MayBe(changed));

        bool MayBe(int count)
        {
            int silent = count - reports.Count(one => one.Replica <= count);
            return holders.Count(one => one.Replica <= count) + silent >= MajorityOf(count);
        }
    }

    private static string? HashAt(LogReport report, long index) =>
        index == report.Committed ? report.CommittedHash : LinkAt(report, index)?.Hash;

    private static LogLink? LinkAt(LogReport report, long index) =>
        index - report.Committed - 1 is var place && place >= 0 && place < report.Tail.Count ? report.Tail[(int)place] : null;

    private void Fetch(RecoveryRow recovery)
    {
        SetRecovery(recovery with { AskedAt = Now });
        // Before the first piece, what comes after the committed index is still this leader's own, and may be something else.
        long after = HasStashed ? Log.Last : Log.Head.Committed;
        long epoch = Log.Head.Epoch;
        SignalTo(recovery.Source!.Value, follower => follower.SendBack(epoch, after, recovery.Target!.Value));
    }

    private bool HasStashed => Storage.Get<bool>("stashed");

    /// <summary>Puts this leader's own uncommitted entries aside, to make room for those that it has lost.</summary>
    private void Stash()
    {
        if (!HasStashed)
        {
            long committed = Log.Head.Committed;
            Storage.Put("stashed", true);
            Sql.Exec(
                "INSERT INTO stash(id, data, replicas, at) SELECT id, data, replicas, at FROM entry WHERE idx > ? ORDER BY idx", committed);
            Log.CutAfter(committed);
        }
    }

    /// <summary>Leads in the new epoch. Up to an index the entries may have been committed, and are to be before anything else.</summary>
    private void Lead(long adopted)
    {
        Storage.Put(AdoptedKey, adopted);
        Sql.Exec("DELETE FROM recovery");
        long committed = Log.Head.Committed;
        foreach (SqlRow row in Sql.Exec("SELECT value FROM report").ToList())
        {
            LogReport report = JsonSerializer.Deserialize<LogReport>(row.Get<string>(0)!, ObjectJson.Options)!;
            committed = Math.Max(committed, Math.Min(report.Committed, Log.Last));
        }
        Commit(committed);
        Sql.Exec("DELETE FROM report");
        // A change of the number among them is not made again: it was not committed, and who asked for it can see that.
        foreach (LogRecord record in Sql.Exec("SELECT * FROM stash WHERE replicas IS NULL ORDER BY position").As<LogRecord>().ToList())
        {
            if (Log.Find(record.Id) is null)
            {
                Log.Append(record);
            }
        }
        Sql.Exec("DELETE FROM stash");
        Storage.Delete("stashed");
        Sql.Exec("DELETE FROM replica WHERE number > ?", Log.MostReplicasSince(committed));
        // What they have of this epoch is not known of any of them.
        Sql.Exec(
            "UPDATE replica SET matched = 0, next = ?, base = 0, told = -1, answered = sent, tries = 0, probing = 1", committed + 1);
        foreach (int number in Numbers())
        {
            Send(number, evenNothing: true);
        }
    }

    private void SetRecovery(RecoveryRow row)
    {
        Sql.Exec("DELETE FROM recovery");
        Sql.Exec("INSERT INTO recovery VALUES (?, ?, ?, ?, ?, ?)", row.Since, row.AskedAt, row.Tries, row.Id, row.Source, row.Target);
    }

    /// <summary>How far a recovery is.</summary>
    /// <param name="Since">Since when the log waits for it.</param>
    /// <param name="AskedAt">When followers were last asked.</param>
    /// <param name="Tries">How often they were asked again.</param>
    /// <param name="Id">Which recovery it is: followers promise their epoch to one.</param>
    /// <param name="Source">The follower that gives entries back, once that is decided.</param>
    /// <param name="Target">The last index that it gives back.</param>
    private sealed record RecoveryRow(long Since, long AskedAt, int Tries, string Id, int? Source, long? Target);
}
