using DurableObjects.Sockets;
using DurableObjects.Storage;
using DurableObjects.Turns;
using Microsoft.Win32.SafeHandles;

namespace DurableObjects.History;

/// <summary>
/// Returns an object's database to an earlier commit, as a new commit on top of its head. Only the pages that were changed since are
/// looked for in the history and written, in place: the cost is that of the changes, not of the database. Then the runtime's
/// tables that carry forward are put in as they were at the head.
/// </summary>
internal sealed class DatabaseRestore(
    ObjectRuntime runtime, ObjectAddress address, string path, ObjectSummary summary, IObjectHistory history)
{
    /// <summary>
    /// What was received, sent and promised: it is the world's as much as the object's, and the world does not return. The sockets'
    /// table is not among them, since all of them are closed.
    /// </summary>
    private static readonly (string Table, string Key)[] Carried =
    [
        .. new[]
        {
            ("outbox", "sequence"), ("inbox", "sequence"), ("sent", "receiver"), ("seen", "sender"), ("answer", "key"),
            ("call", "id"), ("recovery_point", "label"),
        }.Select(one => (RuntimeSchema.Prefix + one.Item1, one.Item2)),
    ];

    private static readonly string CarriedNames = string.Join(", ", Carried.Select(one => $"'{one.Table}'"));

    private readonly string _carryPath = path + DatabaseFile.Carry;
    private readonly HashSet<uint> _changed = [];
    private List<SocketEffect> _closings = [];

    public async Task<TurnOutcome> RunAsync(CancellationToken cancellation)
    {
        long commit = summary.RestoreTo ?? throw new InvalidOperationException($"{address} is not to return to anything.");
        Moment target = await history.FindAsync(commit, cancellation) ?? throw Recovery.Expired($"Commit {commit}");
        try
        {
            SetAside();
            await WritePagesAsync(commit, cancellation);
            return Finish(target);
        }
        finally
        {
            DatabaseFile.Delete(_carryPath);
        }
    }

    private void SetAside()
    {
        DatabaseFile.Delete(_carryPath);
        using SqliteDatabase database = SqliteDatabase.OpenPlain(path);
        Attach(database);
        database.ExecuteScript("PRAGMA carry.journal_mode=MEMORY; PRAGMA carry.synchronous=OFF; PRAGMA synchronous=OFF");
        foreach ((string table, _) in Carried)
        {
            database.ExecuteScript($"CREATE TABLE carry.{table} AS SELECT * FROM main.{table}");
        }
        database.ExecuteScript(
            $"CREATE TABLE carry.sequence AS SELECT name, seq FROM main.sqlite_sequence WHERE name IN ({CarriedNames})");
        _closings = [.. new SocketTable(database).List(null).Select(row =>
            new SocketClose(row.Id, new SocketClosing(SocketClosing.ServiceRestart, "service restart")))];
        // What is in the log must be in the file that is about to be written behind SQLite's back.
        if (!database.Checkpoint())
        {
            throw new InvalidOperationException($"{path} is in use.");
        }
    }

    private void Attach(SqliteDatabase database)
    {
        using StatementUse use = database.Use("ATTACH ?1 AS carry", out SqliteStatement attach);
        attach.BindText(1, _carryPath).Step();
    }

    /// <summary>Writes the pages that are not what they were, and gives the file the length that it had.</summary>
    private async Task WritePagesAsync(long commit, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        uint shortest = (uint)(RandomAccess.GetLength(file) / PageSet.PageBytes);
        HashSet<uint>? missing = null;
        // Until the first page set of the target has said how large the database was, nobody knows which.
        PageFilter wanted = (first, last) => missing is null || IsAnyOf(missing, first, last);
        await foreach (HistoricPages item in history.NewestFirstAsync(summary.Head.Commit, commit, wanted, cancellation))
        {
            uint pages = PageSet.DatabasePages(item.Pages.Span);
            if (item.Commit > commit)
            {
                shortest = Math.Min(shortest, pages);
                PageSet.Read(item.Pages.Span, Note, static (_, _) => { });
                continue;
            }
            if (missing is null)
            {
                // Pages that were cut off since have to come back even where nobody has written them again.
                _changed.RemoveWhere(number => number > pages);
                for (uint number = shortest + 1; number <= pages; number++)
                {
                    _changed.Add(number);
                }
                _changed.Remove(DatabaseFile.LockPage);
                CheckSize();
                missing = [.. _changed];
                RandomAccess.SetLength(file, (long)pages * PageSet.PageBytes);
            }
            PageSet.Read(item.Pages.Span, missing.Remove, (number, bytes) =>
                RandomAccess.Write(file, bytes, (long)(number - 1) * PageSet.PageBytes));
            if (missing.Count == 0)
            {
                return;
            }
        }
        throw new InvalidDataException(
            $"The history of {address} lacks {missing?.Count ?? _changed.Count} of the pages that it had at commit {commit}.");
    }

    /// <summary>Takes note of a page that was changed; its content is not wanted.</summary>
    private bool Note(uint number)
    {
        _changed.Add(number);
        return false;
    }

    private void CheckSize()
    {
        long bytes = (long)_changed.Count * PageSet.PageBytes;
        if (bytes > Limits.RestoreBytes)
        {
            throw DurableObjectException.TooLarge("What the return would change", bytes, Limits.RestoreBytes);
        }
    }

    private static bool IsAnyOf(HashSet<uint> pages, uint first, uint last)
    {
        if (last - first >= pages.Count)
        {
            return pages.Any(page => page >= first && page <= last);
        }
        for (uint page = first; page <= last; page++)
        {
            if (pages.Contains(page))
            {
                return true;
            }
        }
        return false;
    }

    private TurnOutcome Finish(Moment target)
    {
        using SqliteDatabase database = SqliteDatabase.OpenPlain(path);
        database.ExecuteScript("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=0");
        Attach(database);
        using WriteAheadLog log = WriteAheadLog.At(path, database, Limits.RestoreBytes);
        RuntimeTables tables = new(database);
        database.Execute("BEGIN");
        foreach ((string table, string key) in Carried)
        {
            // Row by row, so that the pages of what is the same stay out of the commit.
            database.Execute($"DELETE FROM main.{table} WHERE {key} IN (SELECT {key} FROM main.{table} EXCEPT SELECT {key} FROM carry.{table})");
            database.Execute($"INSERT OR REPLACE INTO main.{table} SELECT * FROM carry.{table} EXCEPT SELECT * FROM main.{table}");
        }
        database.Execute($"DELETE FROM main.sqlite_sequence WHERE name IN ({CarriedNames})");
        database.Execute("INSERT INTO main.sqlite_sequence(name, seq) SELECT name, seq FROM carry.sequence");
        database.Execute($"DELETE FROM main.{RuntimeSchema.Prefix}socket");
        tables.Meta.Set(MetaTable.RestoreTo, null);
        tables.Meta.Set(MetaTable.RestoreError, null);
        DateTimeOffset now = runtime.Clock.GetUtcNow();
        bool isTold = target.Exists && runtime.Classes.Get(address.ClassName).HearsOfReturns;
        PendingReturn.Set(
            tables.Meta, isTold ? new PendingReturn(target.Commit, summary.Head.Commit, now.ToUnixTimeMilliseconds(), 0, null) : null);
        database.Execute("COMMIT");
        PageChanges fresh = log.ReadCommit() ?? throw new InvalidDataException($"The log of {path} does not hold the return.");
        List<(uint Number, ReadOnlyMemory<byte> Bytes)> changed = Collect(fresh);
        byte[] pages = PageSet.Encode(fresh.DatabasePages, changed);
        runtime.Diagnostics.Of(address.ClassName).Committed(changed.Count, pages.Length);
        Head head = new(summary.Head.Commit + 1, PageSet.Chain(summary.Head.Hash, pages));
        ObjectSummary restored = tables.Summarize(summary) with
        {
            Head = head,
            Exists = target.Exists,
            Version = target.Exists ? head.Commit : 0,
            CommittedAt = TurnRunner.Later(summary.CommittedAt, now),
            HistoryBytes = summary.HistoryBytes + pages.Length,
        };
        return new TurnOutcome(Answer.Nothing, restored)
        {
            Commit = new Commit(summary.Head, head, pages, restored),
            SocketEffects = _closings,
        };
    }

    /// <summary>The pages of the return: those written into the file, and over them those in the log.</summary>
    private List<(uint Number, ReadOnlyMemory<byte> Bytes)> Collect(PageChanges fresh)
    {
        SortedDictionary<uint, ReadOnlyMemory<byte>> pages = [];
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        foreach (uint number in _changed.Where(number => number <= fresh.DatabasePages && !fresh.Contains(number)))
        {
            byte[] bytes = new byte[PageSet.PageBytes];
            RandomAccess.Read(file, bytes, (long)(number - 1) * PageSet.PageBytes);
            pages.Add(number, bytes);
        }
        foreach ((uint number, ReadOnlyMemory<byte> bytes) in fresh.InOrder())
        {
            pages.Add(number, bytes);
        }
        return [.. pages.Select(page => (page.Key, page.Value))];
    }
}
