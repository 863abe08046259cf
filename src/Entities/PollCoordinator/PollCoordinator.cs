using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Polls many sources on the web, each at its own pace and never twice at a time, and hands on what is new: by a signal to an object, to
/// connected clients as <c>items</c>, and in a feed. It knows of each source when it last succeeded and why it fails.
/// </summary>
/// <remarks>
/// A poll runs outside of any turn, as a <see cref="PollWorkflow"/>, so a slow source holds up nothing. It asks for leave before it begins
/// (<see cref="Begin"/>) and brings what came (<see cref="Finish"/>); if that never comes, the alarm gives it up. Derive and override
/// <see cref="Parse"/> for sources that speak otherwise.
/// </remarks>
[DurableObject("poll-coordinator")]
public class PollCoordinator(ObjectContext context) : DurableObject(context), IPollCoordinator, IPollRuns
{
    /// <summary>Characters (UTF-16) of a source's name.</summary>
    public const int SourceCharacters = 128;

    /// <summary>Characters (UTF-16) of a URL.</summary>
    public const int UrlCharacters = 2_048;

    /// <summary>Characters of an entity tag or date that is sent back to a source; what is longer is not kept.</summary>
    public const int ValidatorCharacters = 512;

    /// <summary>Sources of one coordinator.</summary>
    public const int MaxSources = 1_000;

    /// <summary>Polls that are under way at once; what is due beyond that waits.</summary>
    public const int MaxPolling = 32;

    /// <summary>The shortest period in seconds. Each poll is a workflow and three commits of the coordinator.</summary>
    public const decimal MinEverySeconds = 1;

    /// <summary>The longest period in seconds: 31 days.</summary>
    public const int MaxEverySeconds = 31 * 24 * 60 * 60;

    /// <summary>Bytes of a body, unpacked.</summary>
    public const int BodyBytes = 512 * 1_024;

    /// <summary>Items of one answer.</summary>
    public const int MaxItems = 1_000;

    /// <summary>Characters (UTF-16) of an item's id.</summary>
    public const int ItemIdCharacters = 256;

    /// <summary>Bytes of an item, as JSON. A page of the feed stays below <see cref="Limits.ResponseBytes"/>.</summary>
    public const int ItemBytes = 64 * 1_024;

    /// <summary>Levels of an item's content. What is read back stands some levels deeper, of which a reader takes 64.</summary>
    public const int ItemDepth = Argument.JsonDepth;

    /// <summary>Items that are known again of one source: those that its answers listed last.</summary>
    public const int MaxKnown = 2_000;

    /// <summary>Items that the feed keeps.</summary>
    public const int FeedItems = 1_000;

    /// <summary>Items of one page of the feed.</summary>
    public const int PageItems = 100;

    /// <summary>Sources of one page.</summary>
    public const int PageSources = 100;

    /// <summary>The error code of one source too many.</summary>
    public const string TooManySources = "too-many-sources";

    /// <summary>The error code of a source that is not there.</summary>
    public const string UnknownSource = "unknown-source";

    /// <summary>How long a source may take, with its body.</summary>
    public static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What a poll has beyond that, from the leave to its result, before it is given up.</summary>
    public static readonly TimeSpan Overhead = TimeSpan.FromSeconds(30);

    /// <summary>How long a poll may take to begin, on a host that has much to do.</summary>
    public static readonly TimeSpan BeginPatience = TimeSpan.FromMinutes(5);

    /// <summary>The longest period to which failures lengthen a shorter one.</summary>
    public static readonly TimeSpan LongestBackoff = TimeSpan.FromHours(1);

    /// <summary>The longest that a source may ask to be left alone.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    /// <summary>
    /// Items, and bytes of their contents, of one signal and one message; both stay below <see cref="Limits.SocketMessageBytes"/>.
    /// </summary>
    private const int PortionItems = 100;

    private const int PortionBytes = 256 * 1_024;

    private const string AllTag = "all";

    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE source(
            key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL, every INTEGER NOT NULL, jitter REAL NOT NULL,
            format TEXT NOT NULL, target TEXT, paused INTEGER NOT NULL DEFAULT 0, next_at INTEGER,
            poll TEXT, begun INTEGER NOT NULL DEFAULT 0, gives_up_at INTEGER, again INTEGER NOT NULL DEFAULT 0,
            stale INTEGER NOT NULL DEFAULT 0, etag TEXT, last_modified TEXT, body_hash BLOB, polls INTEGER NOT NULL DEFAULT 0,
            last_success INTEGER, last_status INTEGER, failures INTEGER NOT NULL DEFAULT 0, last_error TEXT,
            items INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX source_by_time ON source(next_at) WHERE next_at IS NOT NULL;
        CREATE UNIQUE INDEX source_by_poll ON source(poll) WHERE poll IS NOT NULL;
        CREATE TABLE known(
            source INTEGER NOT NULL, id TEXT NOT NULL, hash BLOB NOT NULL, listed INTEGER NOT NULL,
            PRIMARY KEY(source, id)) WITHOUT ROWID;
        CREATE INDEX known_by_age ON known(source, listed);
        CREATE TABLE item(
            number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, changed INTEGER NOT NULL,
            at INTEGER NOT NULL, content TEXT NOT NULL);
        """,
    ];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<PollSource> Watch(
        string source, string url, decimal everySeconds = 60, double jitter = 0.1, PollFormat format = PollFormat.Items,
        PollTarget? target = null)
    {
        Argument.Text(source, "source", SourceCharacters);
        string address = CheckUrl(url);
        long every = Argument.Milliseconds(everySeconds, "everySeconds", MinEverySeconds, MaxEverySeconds);
        if (!(jitter is >= 0 and <= 1))
        {
            throw Argument.Invalid($"'jitter' is {jitter}; it must be 0 to 1.");
        }
        if (!Enum.IsDefined(format))
        {
            throw Argument.Invalid($"'format' is {format}; it must be 'items' or 'body'.");
        }
        // Refuses a malformed key where the caller still sees the error.
        _ = target is null ? null : ObjectAddress.OfKey(target.Class, target.Key);
        string? targetJson = Argument.Json(target, "target", UrlCharacters);
        if (Find(source) is { } known)
        {
            if (known.Url != address || known.Format != format)
            {
                Restart(known, address, format);
            }
        }
        else
        {
            if (Storage.Sql.Exec("SELECT count(*) FROM source").One().Get<int>(0) >= MaxSources)
            {
                throw new DurableObjectException(409, TooManySources, $"There are {MaxSources:N0} sources, which is the limit.");
            }
            Storage.Sql.Exec(
                "INSERT INTO source(id, url, every, jitter, format, next_at) VALUES (?, ?, 0, 0, ?, ?)", source, address, format, Now);
        }
        Storage.Sql.Exec(
            """
            UPDATE source SET every = ?1, jitter = ?2, target = ?3, next_at = CASE WHEN failures = 0 THEN min(next_at, ?4) ELSE next_at END
            WHERE id = ?5
            """, every, jitter, targetJson, Now + every, source);
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<bool> Unwatch(string source)
    {
        Argument.Text(source, "source", SourceCharacters);
        if (Find(source) is not { } row)
        {
            return Task.FromResult(false);
        }
        Storage.Sql.Exec("DELETE FROM known WHERE source = ?", row.Key);
        Storage.Sql.Exec("DELETE FROM source WHERE key = ?", row.Key);
        if (Storage.Sql.Exec("SELECT EXISTS (SELECT 1 FROM source)").One().Get<bool>(0))
        {
            GoOn();
        }
        else
        {
            Storage.DeleteAll();
        }
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<PollSource> Pause(string source)
    {
        PollRow row = Known(source);
        Storage.Sql.Exec("UPDATE source SET paused = 1, next_at = NULL, again = 0 WHERE key = ?", row.Key);
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<PollSource> Resume(string source)
    {
        PollRow row = Known(source);
        if (row.Paused)
        {
            Storage.Sql.Exec(
                "UPDATE source SET paused = 0, next_at = CASE WHEN poll IS NULL THEN ?1 END WHERE key = ?2", Now, row.Key);
        }
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    public Task<PollSource> PollNow(string source)
    {
        PollRow row = Known(source);
        Storage.Sql.Exec(
            row.Poll is null ? "UPDATE source SET next_at = ?1 WHERE key = ?2" : "UPDATE source SET again = ?1 > 0 WHERE key = ?2",
            Now, row.Key);
        return Task.FromResult(GoOn(source));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PollSource?> Source(string source)
    {
        Argument.Text(source, "source", SourceCharacters);
        return Task.FromResult(Find(source)?.ToSource());
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PollSourcePage> Sources(int limit = PageSources, string? cursor = null)
    {
        Argument.Within(limit, "limit", 1, PageSources);
        List<PollRow> rows =
        [
            .. Storage.Sql.Exec("SELECT * FROM source WHERE id > ? ORDER BY id LIMIT ?", cursor ?? "", limit + 1).As<PollRow>(),
        ];
        return Task.FromResult(new PollSourcePage(
            [.. rows.Take(limit).Select(row => row.ToSource())], rows.Count > limit ? rows[limit - 1].Id : null));
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<PolledItem>> Items(long after = 0, int limit = PageItems)
    {
        Argument.Within(limit, "limit", 1, PageItems);
        IEnumerable<ItemRow> rows = Storage.Sql
            .Exec("SELECT * FROM item WHERE number > ? ORDER BY number LIMIT ?", after, limit).As<ItemRow>();
        return Task.FromResult<IReadOnlyList<PolledItem>>([.. rows.Select(row => row.ToItem())]);
    }

    /// <inheritdoc/>
    public Task<PollPermit?> Begin(string poll)
    {
        RuntimeOnly.RequireActivity(Context.Caller);
        if (Polling(poll) is not { Begun: false } row)
        {
            return Task.FromResult<PollPermit?>(null);
        }
        Storage.Sql.Exec(
            "UPDATE source SET begun = 1, gives_up_at = ? WHERE key = ?", Now + (long)(PollTimeout + Overhead).TotalMilliseconds, row.Key);
        SetAlarmForNext();
        return Task.FromResult<PollPermit?>(new PollPermit(row.Url, row.Etag, row.LastModified));
    }

    /// <inheritdoc/>
    public Task Finish(string poll, PollAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        RuntimeOnly.RequireActivity(Context.Caller);
        if (Polling(poll) is not { } row)
        {
            return Task.CompletedTask;
        }
        if (row.Stale)
        {
            Leave(row, 0, null);
            GoOn();
            return Task.CompletedTask;
        }
        string? error = answer.Error ?? (answer.IsUnchanged ? null : TryHandOn(row, answer));
        if (error is null)
        {
            Storage.Sql.Exec(
                """
                UPDATE source SET last_success = ?, last_status = ?, failures = 0, last_error = NULL,
                    etag = CASE WHEN ?3 THEN coalesce(?4, etag) ELSE ?4 END,
                    last_modified = CASE WHEN ?3 THEN coalesce(?5, last_modified) ELSE ?5 END
                WHERE key = ?6
                """, Now, answer.Status, answer.IsUnchanged, answer.ETag, answer.LastModified, row.Key);
            Leave(row, 0, answer.RetryAfterSeconds);
        }
        else
        {
            Fail(row, error, answer.Status, answer.RetryAfterSeconds);
        }
        GoOn();
        return Task.CompletedTask;
    }

    /// <summary>Takes note of the end of a poll's workflow, of which nothing is left to come. For workflows alone.</summary>
    public Task Ended(WorkflowStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        RuntimeOnly.RequireWorkflow(Context.Caller);
        // One that is completed has brought its result; or it was begun twice, and the other run may still be under way.
        if (status.State is WorkflowState.Failed or WorkflowState.Terminated && Polling(status.Id) is { } row)
        {
            Fail(row, $"The poll was not made: {status.Error?.Message ?? "its workflow was terminated"}", null, null);
            GoOn();
        }
        return Task.CompletedTask;
    }

    /// <summary>
    /// Finds the items in what a source answered. What it throws is the poll's failure, and nothing of the answer is kept, so that it comes
    /// again. It runs in a turn, so it should not take long.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="answer">A success with its body.</param>
    /// <returns>At most <see cref="MaxItems"/>. Of those with the same id the last counts.</returns>
    protected virtual IEnumerable<FoundItem> Parse(PollSource source, PollAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(answer);
        return source.Format == PollFormat.Body ? [new FoundItem("body", Whole(answer))] : ItemsOf(answer.Body);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(opening);
        string? source = opening.Query.GetValueOrDefault("source");
        if (source is not null)
        {
            Argument.Text(source, "source", SourceCharacters);
        }
        socket.SetTags(source is null ? AllTag : TagOf(source));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override ValueTask OnAlarm(AlarmInfo alarm)
    {
        List<PollRow> late =
        [
            .. Storage.Sql.Exec("SELECT * FROM source WHERE poll IS NOT NULL AND gives_up_at <= ?", Now).As<PollRow>(),
        ];
        foreach (PollRow row in late)
        {
            Fail(row, row.Begun ? "The poll was begun and never came back." : "The poll was not begun in time.", null, null);
        }
        GoOn();
        return ValueTask.CompletedTask;
    }

    private static string CheckUrl(string url)
    {
        Argument.Text(url, "url", UrlCharacters);
        bool isGood = Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address.Host.Length > 0 && address.UserInfo.Length == 0;
        return isGood ? url : throw Argument.Invalid("'url' must be absolute, http or https, without user name and password.");
    }

    private static string TagOf(string source) => $"source:{source}";

    private static IEnumerable<FoundItem> ItemsOf(byte[] body)
    {
        JsonElement root = JsonSerializer.Deserialize<JsonElement>(body, ObjectJson.Options);
        JsonElement items = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("items", out JsonElement inner) ? inner : root;
        if (items.ValueKind != JsonValueKind.Array)
        {
            throw Argument.Invalid("The body is neither an array of items nor an object with an array 'items'.");
        }
        foreach (JsonElement item in items.EnumerateArray())
        {
            JsonElement id = default;
            bool hasId = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("id", out id)
                && id.ValueKind is JsonValueKind.String or JsonValueKind.Number;
            yield return hasId
                ? new FoundItem(id.ToString(), item)
                : throw Argument.Invalid("An item is no object with an 'id' that is a text or a number.");
        }
    }

    private static JsonElement Whole(PollAnswer answer)
    {
        try
        {
            string text = StrictText.GetString(answer.Body);
            return JsonSerializer.SerializeToElement(new { answer.MediaType, Text = text }, ObjectJson.Options);
        }
        catch (DecoderFallbackException)
        {
            return JsonSerializer.SerializeToElement(new { answer.MediaType, Base64 = answer.Body }, ObjectJson.Options);
        }
    }

    private PollRow? Find(string source) => Storage.Sql.Exec("SELECT * FROM source WHERE id = ?", source).As<PollRow>().FirstOrDefault();

    private PollRow? Polling(string poll) => Storage.Sql.Exec("SELECT * FROM source WHERE poll = ?", poll).As<PollRow>().FirstOrDefault();

    private PollRow Known(string source)
    {
        Argument.Text(source, "source", SourceCharacters);
        return Find(source) ?? throw new DurableObjectException(404, UnknownSource, $"There is no source '{source}'.");
    }

    /// <summary>Forgets what was known of a source. What a poll brings that has begun is of no account, and another follows it unless
    /// the source is paused and nobody has asked for one.</summary>
    private void Restart(PollRow row, string url, PollFormat format)
    {
        Storage.Sql.Exec("DELETE FROM known WHERE source = ?", row.Key);
        Storage.Sql.Exec(
            """
            UPDATE source SET url = ?1, format = ?2, etag = NULL, last_modified = NULL, body_hash = NULL, last_success = NULL,
                last_status = NULL, failures = 0, last_error = NULL, items = 0, stale = begun, again = begun AND (again OR NOT paused),
                next_at = CASE WHEN poll IS NULL AND NOT paused THEN ?3 END
            WHERE key = ?4
            """, url, format, Now, row.Key);
    }

    private PollSource GoOn(string source)
    {
        GoOn();
        return Find(source)!.ToSource();
    }

    /// <summary>Starts what is due, as much as may be under way at once, and sets the alarm for what comes next.</summary>
    private void GoOn()
    {
        int free = MaxPolling - Storage.Sql.Exec("SELECT count(*) FROM source WHERE poll IS NOT NULL").One().Get<int>(0);
        List<long> due =
        [
            .. Storage.Sql.Exec("SELECT key FROM source WHERE next_at <= ? ORDER BY next_at, key LIMIT ?", Now, Math.Max(0, free))
                .Select(row => row.Get<long>(0)),
        ];
        foreach (long key in due)
        {
            string poll = $"poll-{WorkflowId.New(Context.Clock)}";
            Storage.Sql.Exec(
                "UPDATE source SET poll = ?, gives_up_at = ?, next_at = NULL WHERE key = ?",
                poll, Now + (long)BeginPatience.TotalMilliseconds, key);
            Context.Workflows.Start(
                PollWorkflow.Name, poll, new PollOrder(Context.Address.ClassName, Context.Address.Key), then: nameof(Ended));
        }
        SetAlarmForNext();
    }

    private void SetAlarmForNext()
    {
        // What is due and does not fit waits for the end of another, and that comes by itself or is given up.
        long? next = Storage.Sql.Exec(
            """
            SELECT min(at) FROM (
                SELECT min(gives_up_at) AS at FROM source WHERE poll IS NOT NULL
                UNION ALL SELECT min(next_at) FROM source WHERE next_at > ?)
            """, Now).One().Get<long?>(0);
        DateTimeOffset? alarm = next is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
        if (alarm is null)
        {
            Storage.DeleteAlarm();
        }
        else if (alarm != Storage.GetAlarm())
        {
            Storage.SetAlarm(alarm.Value);
        }
    }

    private void Fail(PollRow row, string error, int? status, double? retryAfterSeconds)
    {
        Storage.Sql.Exec(
            "UPDATE source SET failures = failures + 1, last_error = ?, last_status = coalesce(?, last_status) WHERE key = ?",
            Argument.Shorten(error), status, row.Key);
        Leave(row, row.Failures + 1, retryAfterSeconds);
    }

    /// <summary>Ends the poll and says when the next is.</summary>
    private void Leave(PollRow row, int failures, double? retryAfterSeconds)
    {
        long? next = row.Again ? Now : row.Paused ? null : Now + row.Wait(failures, Random.Shared.NextDouble(), retryAfterSeconds);
        Storage.Sql.Exec(
            "UPDATE source SET poll = NULL, begun = 0, gives_up_at = NULL, again = 0, stale = 0, next_at = ? WHERE key = ?", next, row.Key);
    }

    /// <summary>Hands on what is new in an answer; why not, or null.</summary>
    private string? TryHandOn(PollRow row, PollAnswer answer)
    {
        byte[] hash = SHA256.HashData(answer.Body);
        if (row.BodyHash is { } before && hash.AsSpan().SequenceEqual(before))
        {
            return null;
        }
        try
        {
            Storage.Transaction(() =>
            {
                List<PolledItem> items = TakeNote(row, Parse(row.ToSource(), answer));
                Storage.Sql.Exec(
                    "UPDATE source SET body_hash = ?, polls = polls + 1, items = items + ? WHERE key = ?", hash, items.Count, row.Key);
                HandOn(row, items);
            });
            return null;
        }
        catch (Exception error)
        {
            return $"The answer cannot be used: {error.Message}";
        }
    }

    private List<PolledItem> TakeNote(PollRow row, IEnumerable<FoundItem> found)
    {
        List<FoundItem> all = [.. found.Take(MaxItems + 1)];
        if (all.Count > MaxItems)
        {
            throw Argument.Invalid($"It has more than {MaxItems:N0} items, which is the limit.");
        }
        Dictionary<string, FoundItem> last = [];
        all.ForEach(item => last[item.Id] = item);
        List<PolledItem> fresh = [];
        foreach (FoundItem item in all.Where(item => ReferenceEquals(last[item.Id], item)))
        {
            Argument.Text(item.Id, "id", ItemIdCharacters);
            string json = Argument.Json(item.Content, $"item {item.Id}", ItemBytes)!;
            if (IsNews(row, item.Id, SHA256.HashData(Encoding.UTF8.GetBytes(json))) is { } isChange)
            {
                fresh.Add(Storage.Sql.Exec(
                    "INSERT INTO item(source, id, changed, at, content) VALUES (?, ?, ?, ?, ?) RETURNING *",
                    row.Id, item.Id, isChange, Now, json).As<ItemRow>().Single().ToItem());
            }
        }
        Storage.Sql.Exec("DELETE FROM item WHERE number <= (SELECT max(number) FROM item) - ?", FeedItems);
        Storage.Sql.Exec(
            """
            DELETE FROM known WHERE source = ?1 AND id IN (
                SELECT id FROM known WHERE source = ?1 ORDER BY listed DESC LIMIT -1 OFFSET ?2)
            """, row.Key, MaxKnown);
        return fresh;
    }

    /// <summary>Whether an item was known with another content; null if it was with this one. Notes that it was listed.</summary>
    private bool? IsNews(PollRow row, string id, byte[] hash)
    {
        byte[]? before = Storage.Sql.Exec("SELECT hash FROM known WHERE source = ? AND id = ?", row.Key, id)
            .FirstOrDefault()?.Get<byte[]>(0);
        Storage.Sql.Exec(
            "INSERT OR REPLACE INTO known(source, id, hash, listed) VALUES (?, ?, ?, ?)", row.Key, id, hash, row.Polls + 1);
        return before is null ? false : before.AsSpan().SequenceEqual(hash) ? null : true;
    }

    private void HandOn(PollRow row, List<PolledItem> items)
    {
        foreach (IReadOnlyList<PolledItem> portion in Portions(items))
        {
            Context.Sockets.SendToTag(AllTag, "items", portion);
            Context.Sockets.SendToTag(TagOf(row.Id), "items", portion);
            if (row.ParsedTarget is { } target)
            {
                Context.Objects.Signal(ObjectAddress.OfKey(target.Class, target.Key), target.Method, portion);
            }
        }
    }

    private static IEnumerable<IReadOnlyList<PolledItem>> Portions(List<PolledItem> items)
    {
        List<PolledItem> portion = [];
        int bytes = 0;
        foreach (PolledItem item in items)
        {
            int size = Encoding.UTF8.GetByteCount(item.Content.GetRawText());
            if (portion.Count == PortionItems || (portion.Count > 0 && bytes + size > PortionBytes))
            {
                yield return portion;
                portion = [];
                bytes = 0;
            }
            portion.Add(item);
            bytes += size;
        }
        if (portion.Count > 0)
        {
            yield return portion;
        }
    }

    private sealed record ItemRow(long Number, string Source, string Id, bool Changed, long At, string Content)
    {
        public PolledItem ToItem() => new(
            Number, Source, Id, Changed, DateTimeOffset.FromUnixTimeMilliseconds(At),
            JsonSerializer.Deserialize<JsonElement>(Content, ObjectJson.Options));
    }
}
