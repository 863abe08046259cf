using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The entries of a leader or of a follower, in an unbroken chain of hashes from the snapshot that stands for those compacted.
/// </summary>
internal sealed class LogTable(ObjectStorage storage)
{
    /// <summary>Makes the tables.</summary>
    public const string Migration =
        """
        CREATE TABLE entry(
            idx INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT, replicas INTEGER, at INTEGER NOT NULL, hash TEXT NOT NULL);
        CREATE INDEX entry_with_replicas ON entry(idx) WHERE replicas IS NOT NULL;
        CREATE TABLE log(
            base INTEGER NOT NULL, base_hash TEXT NOT NULL, base_replicas INTEGER NOT NULL, snapshot TEXT, committed INTEGER NOT NULL,
            epoch INTEGER NOT NULL, bytes INTEGER NOT NULL);
        """;

    /// <summary>Entries of one batch, and bytes of their data after which no more are added: some hundred KiB a signal.</summary>
    private const int BatchEntries = 100;

    private const int BatchBytes = 512 * 1_024;

    /// <summary>Bytes of data after which a page ends: with its last entry it stays far below <see cref="Limits.ResponseBytes"/>.</summary>
    private const int PageBytes = 4 * 1_024 * 1_024;

    /// <summary>The hash before the first entry.</summary>
    public static readonly string GenesisHash = new('0', 64);

    private static readonly Header Empty = new(0, GenesisHash, LogLimits.DefaultReplicas, null, 0, 1, 0);

    private ObjectSql Sql => storage.Sql;

    /// <summary>What is known beside the entries.</summary>
    public Header Head => Sql.Exec("SELECT * FROM log").As<Header>().FirstOrDefault() ?? Empty;

    /// <summary>The last index.</summary>
    public long Last => Sql.Exec("SELECT max(idx) FROM entry").One().Get<long?>(0) ?? Head.Base;

    /// <summary>Changes what is known beside the entries.</summary>
    public void Set(Header head)
    {
        Sql.Exec("DELETE FROM log");
        Sql.Exec(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", head.Base, head.BaseHash, head.BaseReplicas, head.Snapshot, head.Committed,
            head.Epoch, head.Bytes);
    }

    /// <summary>The hash at an index; null if it is not here any more, or not yet.</summary>
    public string? HashAt(long index) => Head is { } head && index == head.Base
        ? head.BaseHash
        : Sql.Exec("SELECT hash FROM entry WHERE idx = ?", index).FirstOrDefault()?.Get<string>(0);

    /// <summary>The number of followers that was in force after an index.</summary>
    public int ReplicasAt(long index) =>
        Sql.Exec("SELECT replicas FROM entry WHERE replicas IS NOT NULL AND idx <= ? ORDER BY idx DESC LIMIT 1", index)
            .FirstOrDefault()?.Get<int>(0) ?? Head.BaseReplicas;

    /// <summary>The largest number of followers that is or was in force after an index.</summary>
    public int MostReplicasSince(long index) => Math.Max(
        ReplicasAt(index),
        Sql.Exec("SELECT max(replicas) FROM entry WHERE replicas IS NOT NULL AND idx > ?", index).One().Get<int?>(0) ?? 0);

    /// <summary>The first index after another at which the number of followers changes.</summary>
    public long? ChangeAfter(long index) =>
        Sql.Exec("SELECT min(idx) FROM entry WHERE replicas IS NOT NULL AND idx > ?", index).One().Get<long?>(0);

    /// <summary>The entry at an index.</summary>
    public EntryRow? Find(long index) => Sql.Exec("SELECT * FROM entry WHERE idx = ?", index).As<EntryRow>().FirstOrDefault();

    /// <summary>The entry with an id.</summary>
    public EntryRow? Find(string id) => Sql.Exec("SELECT * FROM entry WHERE id = ?", id).As<EntryRow>().FirstOrDefault();

    /// <summary>The hash that a record has after another.</summary>
    public static string HashOf(string previous, LogRecord record)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (string? text in (ReadOnlySpan<string?>)[previous, record.Id, record.Data])
        {
            // Each with its length before it, so that nothing can stand at the end of one as well as at the start of the next.
            byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
            BinaryPrimitives.WriteInt64LittleEndian(number, text is null ? -1 : bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }
        foreach (long value in (ReadOnlySpan<long>)[record.Replicas ?? -1, record.At])
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            hash.AppendData(number);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds a record at the end; its index.</summary>
    public long Append(LogRecord record)
    {
        Header head = Head;
        long index = Last + 1;
        Sql.Exec(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)",
            index, record.Id, record.Data, record.Replicas, record.At, HashOf(HashAt(index - 1)!, record));
        Set(head with { Bytes = head.Bytes + SizeOf(record.Id, record.Data) });
        return index;
    }

    /// <summary>Cuts off what comes after an index.</summary>
    public void CutAfter(long index)
    {
        Sql.Exec("DELETE FROM entry WHERE idx > ?", index);
        Recount();
    }

    /// <summary>Lets a snapshot stand for what is here up to its index.</summary>
    public void Compact(LogSnapshot snapshot)
    {
        Sql.Exec("DELETE FROM entry WHERE idx <= ?", snapshot.Index);
        Set(Head with
        {
            Base = snapshot.Index,
            BaseHash = snapshot.Hash,
            BaseReplicas = snapshot.Replicas,
            Snapshot = snapshot.Value?.GetRawText(),
            Committed = Math.Max(Head.Committed, snapshot.Index),
        });
        Recount();
    }

    /// <summary>Begins anew after a snapshot.</summary>
    public void Install(LogSnapshot snapshot)
    {
        Sql.Exec("DELETE FROM entry");
        Compact(snapshot);
    }

    /// <summary>Drops everything but the epoch.</summary>
    public void Clear()
    {
        long epoch = Head.Epoch;
        Sql.Exec("DELETE FROM entry");
        Set(Empty with { Epoch = epoch });
    }

    /// <summary>What stands for the entries that were compacted.</summary>
    public static LogSnapshot SnapshotOf(Header head) => new(
        head.Base, head.BaseHash, head.BaseReplicas,
        head.Snapshot is { } json ? JsonSerializer.Deserialize<JsonElement>(json, ObjectJson.Options) : null);

    /// <summary>What follows an index, as far as it fits a batch; from the snapshot on if the index lies before that.</summary>
    public LogBatch Batch(long after, long upTo, long sequence, bool withSnapshot)
    {
        Header head = Head;
        long previous = Math.Max(after, head.Base);
        List<LogRecord> records = [];
        int bytes = 0;
        foreach (EntryRow row in Rows(previous + 1, upTo, BatchEntries).TakeWhile(_ => bytes < BatchBytes))
        {
            records.Add(row.ToRecord());
            bytes += SizeOf(row.Id, row.Data);
        }
        return new LogBatch(
            head.Epoch, sequence, withSnapshot || after < head.Base ? SnapshotOf(head) : null, previous, HashAt(previous)!, records, Last,
            head.Committed);
    }

    /// <summary>A page, up to an index.</summary>
    public LogPage Read(long from, int limit, long upTo)
    {
        Header head = Head;
        Argument.Within(from, "from", 1, long.MaxValue);
        Argument.Within(limit, "limit", 1, LogLimits.PageEntries);
        if (from <= head.Base)
        {
            throw new DurableObjectException(
                410, LogLimits.Compacted,
                $"Entry {from} is compacted, as all up to {head.Base} are: read the snapshot, then from {head.Base + 1}.");
        }
        List<LogEntry> entries = [];
        int bytes = 0;
        foreach (EntryRow row in Rows(from, upTo, limit).TakeWhile(_ => bytes < PageBytes))
        {
            entries.Add(row.ToEntry(head.Committed));
            bytes += SizeOf(row.Id, row.Data);
        }
        long next = entries.Count > 0 ? entries[^1].Index + 1 : from;
        return new LogPage(entries, head.Committed, Last, next <= upTo ? next : null);
    }

    /// <summary>The hashes after an index.</summary>
    public IReadOnlyList<LogLink> Links(long after) =>
        [.. Sql.Exec("SELECT hash, replicas FROM entry WHERE idx > ? ORDER BY idx", after).As<LogLink>()];

    private static int SizeOf(string id, string? data) =>
        Encoding.UTF8.GetByteCount(data ?? "") + 2 * Encoding.UTF8.GetByteCount(id) + LogLimits.EntryOverhead;

    private IEnumerable<EntryRow> Rows(long from, long upTo, int limit) =>
        Sql.Exec("SELECT * FROM entry WHERE idx >= ? AND idx <= ? ORDER BY idx LIMIT ?", from, upTo, limit).As<EntryRow>();

    private void Recount() => Set(Head with
    {
        Bytes = Sql.Exec(
            """
            SELECT coalesce(sum(length(CAST(data AS BLOB))), 0) + coalesce(sum(2 * length(CAST(id AS BLOB))), 0) + count(*) * ? FROM entry
            """, LogLimits.EntryOverhead).One().Get<long>(0),
    });

    /// <summary>What is known beside the entries.</summary>
    /// <param name="Base">The last index that was compacted.</param>
    /// <param name="BaseHash">The hash at that index.</param>
    /// <param name="BaseReplicas">The number of followers after that index.</param>
    /// <param name="Snapshot">What stands for those compacted, as JSON.</param>
    /// <param name="Committed">The index up to which the log is known to be committed.</param>
    /// <param name="Epoch">The leader's epoch.</param>
    /// <param name="Bytes">What the entries take.</param>
    public sealed record Header(long Base, string BaseHash, int BaseReplicas, string? Snapshot, long Committed, long Epoch, long Bytes);

    /// <summary>An entry as stored.</summary>
    public sealed record EntryRow(long Idx, string Id, string? Data, int? Replicas, long At, string Hash)
    {
        public LogRecord ToRecord() => new(Id, Data, Replicas, At);

        public LogEntry ToEntry(long committed) => new(
            Idx, Id, Data is { } json ? JsonSerializer.Deserialize<JsonElement>(json, ObjectJson.Options) : null, Replicas,
            DateTimeOffset.FromUnixTimeMilliseconds(At), Idx <= committed ? LogEntryState.Committed : LogEntryState.Pending, Hash);
    }
}
