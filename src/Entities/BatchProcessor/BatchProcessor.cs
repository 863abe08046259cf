using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// Takes writes one by one and applies them in batches, each as one transaction: all of its items or none. A write is durable when it
/// is queued, and every caller is told what became of his: by the answer, by asking, or by <c>flushed</c> over a socket.
/// </summary>
/// <remarks>
/// A client connects without a query, may send items in place of calling <see cref="Add"/>, and hears <c>flushed</c> with a
/// <see cref="BatchReport"/>. What a batch does is <see cref="ApplyBatch"/>: here it writes keys and values; a deriving class does
/// something that is dear to do one by one.
/// </remarks>
[DurableObject("batch-processor")]
public class BatchProcessor(ObjectContext context) : DurableObject(context), IBatchProcessor
{
    /// <summary>Characters (UTF-16) of an item's id.</summary>
    public const int IdCharacters = 128;

    /// <summary>Characters (UTF-16) of a key.</summary>
    public const int KeyCharacters = 256;

    /// <summary>Bytes of a value, as JSON. A page of the largest stays below <see cref="Limits.ResponseBytes"/>.</summary>
    public const int ValueBytes = 16 * 1_024;

    /// <summary>Keys of one object.</summary>
    public const int MaxKeys = 100_000;

    /// <summary>Entries of one page.</summary>
    public const int PageEntries = 250;

    /// <summary>The most items of a batch.</summary>
    public const int LargestBatch = 100;

    /// <summary>The longest that a batch waits for more, in milliseconds: a minute.</summary>
    public const int LongestWait = 60_000;

    /// <summary>Items that may wait. More than a batch wait only while batches fail.</summary>
    public const int MaxQueued = 1_000;

    /// <summary>Items whose results are kept, and whose repetitions are known: the newest.</summary>
    public const int MaxResults = 10_000;

    /// <summary>Retries of a batch that fails as a whole, after 2 s, 4 s, 8 s … as an alarm has. Then its items are rejected.</summary>
    public const int MaxRetries = Limits.AlarmRetries;

    /// <summary>The error code of a key that has another version than expected.</summary>
    public const string VersionConflict = "version-conflict";

    /// <summary>The error code of one key too many.</summary>
    public const string TooManyKeys = "too-many-keys";

    /// <summary>The error code of an item whose batch was rejected because of another.</summary>
    public const string BatchRejected = "batch-rejected";

    /// <summary>The error code of an item whose batch failed as a whole and too often.</summary>
    public const string BatchFailed = "batch-failed";

    /// <summary>The error code of an id that is that of another write (422).</summary>
    public const string ItemIdReused = "item-id-reused";

    /// <summary>The error code of one item too many that would wait (503).</summary>
    public const string QueueFull = "queue-full";

    /// <summary>The error code of an item that is not known (404).</summary>
    public const string UnknownItem = "unknown-item";

    /// <summary>Bytes of <see cref="BatchRun.Key"/>: 128 bits, of which no two batches have the same by chance.</summary>
    private const int KeyBytes = 16;

    private const string SettingsKey = "settings";

    private const string ProgressKey = "progress";

    /// <summary>How long a batch may take: less than <see cref="Limits.TurnDeadline"/>, to leave time to record it.</summary>
    public static readonly TimeSpan BatchDeadline = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE work(
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, fingerprint BLOB NOT NULL, item TEXT,
            queued_at INTEGER NOT NULL, state TEXT NOT NULL, batch INTEGER, code TEXT, error TEXT, culprit TEXT);
        CREATE INDEX work_queued ON work(number) WHERE state = 'Queued';
        CREATE TABLE item(key TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL);
        CREATE UNIQUE INDEX item_by_key ON item(key);
        """,
    ];

    /// <inheritdoc/>
    public async Task<BatchItemResult> Add(string id, string key, JsonElement? value = null, long? expectedVersion = null)
    {
        string item = Check(new BatchItem(id, key, value, expectedVersion));
        byte[] fingerprint = SHA256.HashData(Encoding.UTF8.GetBytes(item));
        WorkRow? known = Find(id);
        if (known is not null && !known.Fingerprint.AsSpan().SequenceEqual(fingerprint) && known.State != BatchItemState.Rejected)
        {
            throw new DurableObjectException(422, ItemIdReused, $"'id' is '{Argument.Shorten(id)}', which is that of another write.");
        }
        if (known is not null && known.State != BatchItemState.Rejected)
        {
            return known.ToResult();
        }
        CheckRoom();
        Storage.Sql.Exec("DELETE FROM work WHERE id = ?", id);
        Storage.Sql.Exec(
            "INSERT INTO work(id, fingerprint, item, queued_at, state) VALUES (?, ?, ?, ?, ?)",
            id, fingerprint, item, Context.Now.ToUnixTimeMilliseconds(), BatchItemState.Queued);
        if (IsDue())
        {
            await FlushBatch();
        }
        SetAlarm();
        return Find(id)!.ToResult();
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<BatchItemResult> Result(string id)
    {
        Argument.Text(id, "id", IdCharacters);
        return Task.FromResult(Find(id)?.ToResult() ?? throw new DurableObjectException(
            404, UnknownItem,
            $"There is no item '{Argument.Shorten(id)}', or none any more: results are kept of the newest {MaxResults:N0}."));
    }

    /// <inheritdoc/>
    public async Task<BatchReport?> Flush()
    {
        if (Queued() == 0)
        {
            return null;
        }
        // Whoever flushes must not use up the retries of what others have queued.
        BatchReport report = Now().RetryAt > Context.Now.ToUnixTimeMilliseconds() ? Waiting(Head()) : await FlushBatch();
        SetAlarm();
        return report;
    }

    /// <inheritdoc/>
    public Task<BatchSettings> Configure(int? maxItems = null, int? maxMilliseconds = null, BatchFailure? onFailure = null)
    {
        BatchSettings settings = Settings();
        settings = new BatchSettings(
            maxItems ?? settings.MaxItems, maxMilliseconds ?? settings.MaxMilliseconds, onFailure ?? settings.OnFailure);
        Argument.Within(settings.MaxItems, "maxItems", 1, LargestBatch);
        Argument.Within(settings.MaxMilliseconds, "maxMilliseconds", 1, LongestWait);
        if (!Enum.IsDefined(settings.OnFailure))
        {
            throw Argument.Invalid($"'onFailure' is {settings.OnFailure}; it must be rejectAll or isolate.");
        }
        Storage.Put(SettingsKey, settings);
        SetAlarm();
        return Task.FromResult(settings);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<BatchStatus> Status()
    {
        Progress progress = Now();
        DateTimeOffset? flushAt = FlushAt() is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
        return Task.FromResult(
            new BatchStatus(Queued(), flushAt, progress.Batches, progress.Failures, progress.Error, Settings()));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<BatchEntry?> Get(string key)
    {
        Argument.Text(key, "key", KeyCharacters);
        return Task.FromResult(Entries(Storage.Sql.Exec("SELECT key, value, version FROM item WHERE key = ?", key)).SingleOrDefault());
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<BatchEntry>> List(string? after = null, int limit = 100)
    {
        Argument.Within(limit, "limit", 1, PageEntries);
        return Task.FromResult(Entries(
            Storage.Sql.Exec("SELECT key, value, version FROM item WHERE key > ? ORDER BY key LIMIT ?", after ?? "", limit)));
    }

    /// <summary>
    /// Applies a batch; here, writes keys and values. What it throws undoes all that it wrote, signalled and sent: a
    /// <see cref="BatchItemException"/> blames one item, any other refusal of the model's (4xx, not retryable) the whole batch, and
    /// everything else counts as passing and is retried. What it does outside the object may happen again.
    /// </summary>
    /// <param name="run">Which batch it is; <see cref="BatchRun.Key"/> is the idempotency key for what it does outside.</param>
    /// <param name="items">Its items, in the order in which they were queued. It has <see cref="BatchDeadline"/> for them.</param>
    protected virtual ValueTask ApplyBatch(BatchRun run, IReadOnlyList<BatchItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        long keys = Storage.Sql.Exec("SELECT count(*) FROM item").One().Get<long>(0);
        foreach (BatchItem item in items)
        {
            keys += Apply(item, keys);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override async ValueTask OnAlarm(AlarmInfo alarm)
    {
        // A retry means that the turn before failed as a whole: the fault of the batch for which the alarm was set, if that still waits.
        if (alarm.IsRetry && alarm.ScheduledFor.ToUnixTimeMilliseconds() == FlushAt())
        {
            Fail(Head(), "The batch took its whole turn along; the host's log says how.");
        }
        else if (IsDue())
        {
            await FlushBatch();
        }
        SetAlarm();
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override async ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        BatchItem? item;
        try
        {
            item = message.As<BatchItem>();
        }
        catch (Exception error) when (error is JsonException or DurableObjectException)
        {
            item = null;
        }
        if (item is not { Id: not null, Key: not null })
        {
            throw Argument.Invalid("A message to a batch processor is an item: { \"id\", \"key\", \"value\", \"expectedVersion\" }.");
        }
        await Add(item.Id, item.Key, item.Value, item.ExpectedVersion);
    }

    private static string Check(BatchItem item)
    {
        Argument.Text(item.Id, "id", IdCharacters);
        Argument.Text(item.Key, "key", KeyCharacters);
        Argument.Json(item.Value, "value", ValueBytes);
        Argument.Within(item.ExpectedVersion ?? 0, "expectedVersion", 0, long.MaxValue);
        return Argument.Json(item, "item")!;
    }

    private static IReadOnlyList<BatchEntry> Entries(SqlCursor rows) =>
    [
        .. rows.Select(row => new BatchEntry(
            row.Get<string>(0)!, JsonSerializer.Deserialize<JsonElement>(row.Get<string>(1)!, ObjectJson.Options), row.Get<long>(2))),
    ];

    /// <summary>Writes an item; by how many there are more keys then.</summary>
    private int Apply(BatchItem item, long keys)
    {
        long version = Storage.Sql.Exec("SELECT version FROM item WHERE key = ?", item.Key).FirstOrDefault()?.Get<long>(0) ?? 0;
        if (item.ExpectedVersion is { } expected && expected != version)
        {
            throw new BatchItemException(
                item.Id, VersionConflict, $"'{Argument.Shorten(item.Key)}' is at version {version}; expected was {expected}.");
        }
        if (item.Value is not { ValueKind: not JsonValueKind.Null } value)
        {
            Storage.Sql.Exec("DELETE FROM item WHERE key = ?", item.Key);
            return version > 0 ? -1 : 0;
        }
        if (version == 0 && keys >= MaxKeys)
        {
            throw new BatchItemException(item.Id, TooManyKeys, $"There are {MaxKeys:N0} keys, which is the limit.");
        }
        Storage.Sql.Exec(
            "INSERT INTO item(key, value, version) VALUES (?, ?, 1) "
            + "ON CONFLICT(key) DO UPDATE SET value = excluded.value, version = version + 1",
            item.Key, Argument.Json<JsonElement?>(value, "value"));
        return version > 0 ? 0 : 1;
    }

    private void CheckRoom()
    {
        if (Queued() >= MaxQueued)
        {
            long wait = (FlushAt() ?? 0) - Context.Now.ToUnixTimeMilliseconds();
            throw new DurableObjectException(
                503, QueueFull, $"{MaxQueued:N0} items wait, which is the limit: {Now().Error ?? "they come faster than they are applied"}")
            { Retryable = true, Overloaded = true, RetryAfter = TimeSpan.FromMilliseconds(Math.Max(1_000, wait)) };
        }
    }

    private BatchSettings Settings() => Storage.Get(SettingsKey, new BatchSettings());

    private Progress Now() => Storage.Get(ProgressKey, new Progress(0, 0, null, null, null));

    private int Queued() => Storage.Sql.Exec("SELECT count(*) FROM work WHERE state = 'Queued'").One().Get<int>(0);

    private WorkRow? Find(string id) => Storage.Sql.Exec("SELECT * FROM work WHERE id = ?", id).As<WorkRow>().FirstOrDefault();

    /// <summary>When the next batch is flushed, in milliseconds: now or in the past if it is due.</summary>
    private long? FlushAt()
    {
        if (Storage.Sql.Exec("SELECT min(number), queued_at, count(*) FROM work WHERE state = 'Queued'").One() is not { } oldest
            || oldest.Get<int>(2) is 0)
        {
            return null;
        }
        BatchSettings settings = Settings();
        return Now().RetryAt
            ?? (oldest.Get<int>(2) >= settings.MaxItems ? oldest.Get<long>(1) : oldest.Get<long>(1) + settings.MaxMilliseconds);
    }

    private bool IsDue() => FlushAt() <= Context.Now.ToUnixTimeMilliseconds();

    private void SetAlarm()
    {
        if (FlushAt() is { } at)
        {
            DateTimeOffset due = DateTimeOffset.FromUnixTimeMilliseconds(at);
            if (Storage.GetAlarm() != due)
            {
                Storage.SetAlarm(due);
            }
        }
        else
        {
            Storage.DeleteAlarm();
        }
    }

    /// <summary>The items of the next batch: those of the one that failed, until it is settled, or as many as a batch may have.</summary>
    private List<BatchItem> Head()
    {
        long? last = Now().Last;
        return
        [
            .. Storage.Sql.Exec(
                "SELECT item FROM work WHERE state = 'Queued' AND number <= ? ORDER BY number LIMIT ?",
                last ?? long.MaxValue, last is null ? Settings().MaxItems : LargestBatch)
                .Select(row => JsonSerializer.Deserialize<BatchItem>(row.Get<string>(0)!, ObjectJson.Options)!),
        ];
    }

    private async ValueTask<BatchReport> FlushBatch()
    {
        List<BatchItem> all = Head();
        List<BatchItem> items = [.. all];
        List<BatchItemResult> settled = [];
        long batch = Now().Batches + 1;
        long started = Context.Clock.GetTimestamp();
        while (items.Count > 0)
        {
            try
            {
                // All attempts of a turn together.
                TimeSpan left = BatchDeadline - Context.Clock.GetElapsedTime(started);
                await Storage.TransactionAsync(async () => await ApplyBatch(new BatchRun(batch, KeyOf(items)), items).AsTask()
                    .WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, Context.Clock, Context.CancellationToken));
                settled.AddRange(items.Select(item => new BatchItemResult(item.Id, BatchItemState.Applied, batch)));
                break;
            }
            catch (BatchItemException fault) when (items.Find(item => item.Id == fault.ItemId) is { } culprit)
            {
                settled.Add(Rejected(culprit, batch, fault.Code, fault.Message, culprit));
                items.Remove(culprit);
                if (Settings().OnFailure == BatchFailure.RejectAll)
                {
                    string message = $"Its batch was rejected because of the item '{culprit.Id}': {fault.Message}";
                    settled.AddRange(items.Select(item => Rejected(item, batch, BatchRejected, message, culprit)));
                    break;
                }
            }
            catch (DurableObjectException refusal) when (refusal is { Status: < 500, Retryable: false })
            {
                settled.AddRange(items.Select(item => Rejected(item, batch, refusal.Code, refusal.Message, null)));
                break;
            }
            catch (Exception error) when (!Context.CancellationToken.IsCancellationRequested)
            {
                // Those at fault before are tried again with the others, which may have changed what they meet.
                return Fail(all, $"{error.GetType().Name}: {error.Message}");
            }
        }
        return Settle(batch, all, settled);
    }

    /// <summary>Numbers come again after a return to an earlier moment; only what is in a batch tells it from all others.</summary>
    private static string KeyOf(List<BatchItem> items) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(items, ObjectJson.Options)).AsSpan(0, KeyBytes));

    private static BatchItemResult Rejected(BatchItem item, long batch, string code, string message, BatchItem? culprit) =>
        new(item.Id, BatchItemState.Rejected, batch, code, Argument.Shorten(message), culprit?.Id);

    private BatchReport Fail(List<BatchItem> items, string error)
    {
        Progress progress = Now();
        int failures = progress.Failures + 1;
        string shortened = Argument.Shorten(error);
        if (failures > MaxRetries)
        {
            long batch = progress.Batches + 1;
            return Settle(batch, items, [.. items.Select(item => Rejected(item, batch, BatchFailed, shortened, null))]);
        }
        long delay = (long)Limits.AlarmFirstRetry.TotalMilliseconds << (failures - 1);
        Storage.Put(ProgressKey, progress with
        {
            Failures = failures,
            RetryAt = Context.Now.ToUnixTimeMilliseconds() + delay,
            Error = shortened,
            Last = Storage.Sql.Exec("SELECT number FROM work WHERE id = ?", items[^1].Id).One().Get<long>(0),
        });
        return Waiting(items);
    }

    private BatchReport Waiting(List<BatchItem> items) =>
        new(null, Context.Now, [.. items.Select(item => new BatchItemResult(item.Id, BatchItemState.Queued))]);

    private BatchReport Settle(long batch, List<BatchItem> items, List<BatchItemResult> settled)
    {
        foreach (BatchItemResult one in settled)
        {
            Storage.Sql.Exec(
                "UPDATE work SET item = NULL, state = ?, batch = ?, code = ?, error = ?, culprit = ? WHERE id = ?",
                one.State, one.Batch, one.Code, one.Error, one.Culprit, one.Id);
        }
        Storage.Sql.Exec(
            "DELETE FROM work WHERE state <> 'Queued' AND number <= (SELECT max(number) FROM work) - ?", MaxResults);
        Storage.Put(ProgressKey, new Progress(batch, 0, null, null, null));
        Dictionary<string, BatchItemResult> byId = settled.ToDictionary(one => one.Id, StringComparer.Ordinal);
        BatchReport report = new(batch, Context.Now, [.. items.Select(item => byId[item.Id])]);
        Context.Sockets.Send("flushed", report);
        return report;
    }

    /// <param name="Batches">Those settled.</param>
    /// <param name="Failures">How often the next has failed.</param>
    /// <param name="RetryAt">When it is tried again, in milliseconds; null if it has not failed.</param>
    /// <param name="Error">Why it failed last.</param>
    /// <param name="Last">The number of its last item; null if it has not failed.</param>
    private sealed record Progress(long Batches, int Failures, long? RetryAt, string? Error, long? Last);

    private sealed record WorkRow(
        string Id, byte[] Fingerprint, BatchItemState State, long? Batch, string? Code, string? Error, string? Culprit)
    {
        public BatchItemResult ToResult() => new(Id, State, Batch, Code, Error, Culprit);
    }
}
