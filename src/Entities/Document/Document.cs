using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// A text that many edit at once: the central authority of the protocol of CodeMirror's collab extension, with the cursors of all, a
/// history, named versions and a log that is folded. Every update is checked and applied here, so the text is always right.
/// </summary>
/// <remarks>
/// An update that was made on an older version is refused rather than moved over the newer ones here. The editor moves it, on the very
/// pieces in which they came to it; the result depends on the pieces, so an authority that does the same in one go can come to another
/// text than the editor, unnoticed.
/// </remarks>
[DurableObject("document")]
public sealed class Document(ObjectContext context) : DurableObject(context), IDocument
{
    /// <summary>Characters (UTF-16) of the text. In UTF-8, at three bytes each, they fit one row.</summary>
    public const int MaxCharacters = 512 * 1_024;

    /// <summary>Updates of one push, and of one pull.</summary>
    public const int MaxUpdates = 1_000;

    /// <summary>
    /// Characters (UTF-16) of the JSON of all changes and effects of one push. In UTF-8 even one alone fits a row.
    /// </summary>
    public const int UpdateCharacters = 640 * 1_024;

    /// <summary>Levels that effects may be nested: they go out within an update and a list of them, and JSON is written to 64.</summary>
    public const int EffectsDepth = Argument.JsonDepth;

    /// <summary>Updates that are kept. One more, and all but the newest <see cref="KeptLog"/> are folded into the base text.</summary>
    public const int MaxLog = 2_000;

    /// <summary>Updates that a folding leaves, so that an editor which was away for a while can catch up.</summary>
    public const int KeptLog = 1_000;

    /// <summary>Characters of JSON of the updates that are kept. Beyond, they are folded until half of it is left.</summary>
    public const int LogCharacters = 4 * 1_024 * 1_024;

    /// <summary>Characters (UTF-16) of a client ID.</summary>
    public const int ClientIdCharacters = 64;

    /// <summary>Characters (UTF-16) of an author's, an editor's or a version's name.</summary>
    public const int NameCharacters = 128;

    /// <summary>Entries of the history.</summary>
    public const int MaxEdits = 1_000;

    /// <summary>Named versions. All of them at their largest fit the smallest bound that a host sets to a database.</summary>
    public const int MaxVersions = 50;

    /// <summary>Sockets of one document: each update goes to all, and so does each cursor that moves.</summary>
    public const int MaxSockets = 500;

    /// <summary>How many updates a cursor may be behind; an older one is dropped, since its editor sends another anyway.</summary>
    public const int CursorLag = 200;

    /// <summary>The client ID of updates that the document makes itself.</summary>
    public const string OwnClientId = "document";

    /// <summary>The error code for a text that would be too long.</summary>
    public const string TooManyCharacters = "too-many-characters";

    /// <summary>The error code for a version from which no updates lead on.</summary>
    public const string VersionGone = "version-gone";

    /// <summary>The error code for a name that has a version.</summary>
    public const string VersionExists = "version-exists";

    /// <summary>The error code for one named version too many.</summary>
    public const string TooManyVersions = "too-many-versions";

    /// <summary>The error code for a name that no version has.</summary>
    public const string UnknownVersion = "unknown-version";

    /// <summary>The error code for one socket too many.</summary>
    public const string TooManySockets = "too-many-sockets";

    /// <summary>Characters that one update of a restored version inserts at most: at six each in JSON, far below a row's limit.</summary>
    private const int PieceCharacters = 64 * 1_024;

    private const string EditorTag = "editor";

    /// <summary>Characters of JSON in one socket message or one page of updates: far below what a message may have.</summary>
    private const int PageCharacters = 128 * 1_024;

    /// <summary>Updates of one editor within this time of each other are one entry of the history.</summary>
    private static readonly TimeSpan EditPause = TimeSpan.FromMinutes(1);

    /// <summary>How long an entry of the history may grow.</summary>
    private static readonly TimeSpan EditSpan = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The cursors by socket. They move too often to be stored; after hibernation the editors are asked for them when somebody comes.
    /// </summary>
    private readonly Dictionary<string, DocumentCursor> _cursors = [];

    /// <summary>Whether all that were connected when the instance woke have been asked for their cursors.</summary>
    private bool _hasAsked;

    /// <summary>The newest text, made from base and log when it is first needed.</summary>
    private CurrentText? _current;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE base(id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL, text TEXT NOT NULL);
        CREATE TABLE log(version INTEGER PRIMARY KEY, client TEXT NOT NULL, changes TEXT NOT NULL, effects TEXT);
        CREATE TABLE edit(
            id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, author TEXT, from_version INTEGER NOT NULL, version INTEGER NOT NULL,
            started_at TEXT NOT NULL, ended_at TEXT NOT NULL, inserted INTEGER NOT NULL, deleted INTEGER NOT NULL);
        CREATE INDEX edit_by_client ON edit(client_id);
        CREATE TABLE saved(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, at TEXT NOT NULL,
            characters INTEGER NOT NULL, text TEXT NOT NULL);
        """,
    ];

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<DocumentSnapshot> GetDocument()
    {
        CurrentText current = Load(long.MaxValue);
        return Task.FromResult(new DocumentSnapshot(current.Version, current.Text.ToString()));
    }

    /// <inheritdoc/>
    public Task<bool> PushUpdates(long version, IReadOnlyList<DocumentUpdate> updates, string? author = null)
    {
        ArgumentNullException.ThrowIfNull(updates);
        CheckAuthor(author);
        if (updates.Count > MaxUpdates)
        {
            throw Argument.Invalid($"'updates' has {updates.Count:N0} items; the limit is {MaxUpdates:N0}.");
        }
        CurrentText current = Current();
        CheckVersion(version, 0, current.Version);
        if (version < current.Version || updates.Count == 0)
        {
            return Task.FromResult(version == current.Version);
        }
        CheckClient(updates);
        List<DocumentUpdate> taken = new(updates.Count);
        long characters = 0;
        long inserted = 0;
        long deleted = 0;
        for (int i = 0; i < updates.Count; i++)
        {
            DocumentChanges changes = DocumentChanges.Parse(updates[i].Changes, $"updates[{i}].changes", current.Text.Length);
            // How many there may be is counted with the whole push.
            string? effects = Argument.Json(updates[i].Effects, $"updates[{i}].effects", int.MaxValue);
            LogRow row = new(current.Version + 1, updates[i].ClientId, changes.ToJson(), effects);
            characters += row.Characters;
            if (characters > UpdateCharacters)
            {
                throw Argument.Invalid(
                    $"'updates[{i}]' and those before it have {characters:N0} characters of JSON; the limit is {UpdateCharacters:N0}.");
            }
            taken.Add(Append(current, row, changes, $"updates[{i}].changes"));
            inserted += changes.Inserted;
            deleted += changes.Deleted;
        }
        Remember(updates[0].ClientId, author, version, current.Version, inserted, deleted);
        Announce(current, taken, characters);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<DocumentUpdate>> PullUpdates(long version, int limit = MaxUpdates)
    {
        Argument.Within(limit, "limit", 1, MaxUpdates);
        CheckVersion(version, BaseVersion(), NewestVersion());
        List<DocumentUpdate> updates = [];
        long characters = 0;
        foreach (LogRow row in LogAfter(version, limit))
        {
            characters += row.Characters;
            if (updates.Count > 0 && characters > PageCharacters)
            {
                break;
            }
            updates.Add(row.ToUpdate());
        }
        return Task.FromResult<IReadOnlyList<DocumentUpdate>>(updates);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<DocumentEdit>> History(int limit = 100, long? before = null)
    {
        Argument.Within(limit, "limit", 1, MaxEdits);
        return Task.FromResult<IReadOnlyList<DocumentEdit>>(
        [
            .. Storage.Sql.Exec("SELECT * FROM edit WHERE id < ? ORDER BY id DESC LIMIT ?", before ?? long.MaxValue, limit)
                .As<DocumentEdit>(),
        ]);
    }

    /// <inheritdoc/>
    public Task<DocumentVersion> SaveVersion(string name)
    {
        Argument.Text(name, "name", NameCharacters);
        if (Storage.Sql.Exec("SELECT 1 FROM saved WHERE name = ?", name).FirstOrDefault() is not null)
        {
            throw new DurableObjectException(409, VersionExists, $"There is a version called '{name}'; delete it first.");
        }
        if (Storage.Sql.Exec("SELECT count(*) FROM saved").One().Get<int>(0) >= MaxVersions)
        {
            throw new DurableObjectException(409, TooManyVersions, $"There are {MaxVersions} named versions, which is the limit.");
        }
        CurrentText current = Current();
        DocumentVersion version = new(name, current.Version, Context.Now, current.Text.Length);
        Storage.Sql.Exec(
            "INSERT INTO saved(name, version, at, characters, text) VALUES (?, ?, ?, ?, ?)",
            name, version.Version, version.At, version.Characters, current.Text.ToString());
        return Task.FromResult(version);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<DocumentVersion>> Versions() => Task.FromResult<IReadOnlyList<DocumentVersion>>(
        [.. Storage.Sql.Exec("SELECT name, version, at, characters FROM saved ORDER BY id").As<DocumentVersion>()]);

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<DocumentSnapshot> Version(string name) => Task.FromResult(Saved(name));

    /// <inheritdoc/>
    public Task<long> RestoreVersion(string name, string? author = null)
    {
        CheckAuthor(author);
        string wanted = Saved(name).Doc;
        CurrentText current = Current();
        long before = current.Version;
        List<DocumentUpdate> made = [];
        long characters = 0;
        long inserted = 0;
        long deleted = 0;
        for (DocumentChanges changes; !(changes = DocumentChanges.Between(current.Text.Span, wanted, PieceCharacters)).IsEmpty;)
        {
            LogRow row = new(current.Version + 1, OwnClientId, changes.ToJson(), null);
            made.Add(Append(current, row, changes, "name"));
            characters += row.Characters;
            inserted += changes.Inserted;
            deleted += changes.Deleted;
        }
        if (made.Count > 0)
        {
            Remember(OwnClientId, author, before, current.Version, inserted, deleted);
            Announce(current, made, characters);
        }
        return Task.FromResult(current.Version);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteVersion(string name)
    {
        Argument.Text(name, "name", NameCharacters);
        return Task.FromResult(Storage.Sql.Exec("DELETE FROM saved WHERE name = ?", name).RowsWritten > 0);
    }

    /// <inheritdoc/>
    public Task<long> Compact(int keep = 0)
    {
        Argument.Within(keep, "keep", 0, MaxLog);
        CurrentText current = Current();
        Fold(current, keep, long.MaxValue);
        return Task.FromResult(current.BaseVersion);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string clientId = opening.Query.GetValueOrDefault("clientID")
            ?? throw Argument.Invalid("Connect with '?clientID='; it is missing.");
        Argument.Text(clientId, "clientID", ClientIdCharacters);
        string? name = opening.Query.GetValueOrDefault("name");
        if (name is not null)
        {
            Argument.Text(name, "name", NameCharacters);
        }
        if (Context.Sockets.Count > MaxSockets)
        {
            throw new DurableObjectException(409, TooManySockets, $"The document has {MaxSockets} sockets, which is the limit.");
        }
        if (!_hasAsked)
        {
            Context.Sockets.SendToTag(EditorTag, "whereabouts");
            _hasAsked = true;
        }
        socket.SetAttachment(new DocumentEditor(clientId, name));
        // Tagged only now, so that newcomers are not asked.
        socket.SetTags(EditorTag, TagOf(clientId));
        socket.Send("updates", new DocumentUpdates(NewestVersion(), []));
        IReadOnlyList<DocumentCursor> cursors = [.. _cursors.Values];
        socket.Send("cursors", cursors);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        Selection selection = message.As<Selection>() is { Anchor: >= 0, Head: >= 0 } given
            ? given
            : throw Argument.Invalid("A message to a document is a cursor: { anchor, head, version }, none of them negative.");
        CurrentText current = Current();
        if (selection.Version > current.Version || selection.Version < Math.Max(current.BaseVersion, current.Version - CursorLag))
        {
            return ValueTask.CompletedTask;
        }
        DocumentEditor editor = socket.GetAttachment<DocumentEditor>()!;
        DocumentCursor cursor = new(editor.ClientId, editor.Name, selection.Anchor, selection.Head, selection.Version);
        foreach (LogRow row in LogAfter(cursor.Version, CursorLag).ToArray())
        {
            DocumentChanges changes = DocumentChanges.Read(row.Changes);
            CheckWithin(cursor, changes.Length);
            cursor = Moved(cursor, changes);
        }
        CheckWithin(cursor, current.Text.Length);
        _cursors[socket.Id] = cursor;
        Context.Sockets.Send("cursor", cursor);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        _cursors.Remove(socket.Id);
        DocumentEditor editor = socket.GetAttachment<DocumentEditor>()!;
        if (Context.Sockets.List(TagOf(editor.ClientId)).Count == 0)
        {
            Context.Sockets.Send("left", editor);
        }
        return ValueTask.CompletedTask;
    }

    private static string TagOf(string clientId) => $"client:{clientId}";

    private static DocumentCursor Moved(DocumentCursor cursor, DocumentChanges changes) => cursor with
    {
        Anchor = changes.Map(cursor.Anchor),
        Head = changes.Map(cursor.Head),
        Version = cursor.Version + 1,
    };

    private static void CheckWithin(DocumentCursor cursor, int length)
    {
        if (Math.Max(cursor.Anchor, cursor.Head) > length)
        {
            throw Argument.Invalid(
                $"A cursor is at {Math.Max(cursor.Anchor, cursor.Head)}; version {cursor.Version} has {length:N0} characters.");
        }
    }

    private static void CheckAuthor(string? author)
    {
        if (author is not null)
        {
            Argument.Text(author, "author", NameCharacters);
        }
    }

    private static void CheckVersion(long version, long oldest, long newest)
    {
        Argument.Within(version, "version", 0, long.MaxValue);
        if (version < oldest || version > newest)
        {
            throw new DurableObjectException(
                410, VersionGone,
                $"No updates lead on from version {version}: the document is at {newest} and keeps those since {oldest}. Load it anew.");
        }
    }

    private static void CheckClient(IReadOnlyList<DocumentUpdate> updates)
    {
        for (int i = 0; i < updates.Count; i++)
        {
            string clientId = updates[i]?.ClientId ?? throw Argument.Invalid($"'updates[{i}]' is null.");
            Argument.Text(clientId, $"updates[{i}].clientID", ClientIdCharacters);
            if (clientId == OwnClientId || clientId != updates[0].ClientId)
            {
                throw Argument.Invalid(
                    $"'updates[{i}].clientID' is '{clientId}'; it must be that of the first, and not '{OwnClientId}'.");
            }
        }
    }

    private DocumentSnapshot Saved(string name)
    {
        Argument.Text(name, "name", NameCharacters);
        return Storage.Sql.Exec("SELECT version, text AS doc FROM saved WHERE name = ?", name).As<DocumentSnapshot>().FirstOrDefault()
            ?? throw new DurableObjectException(404, UnknownVersion, $"There is no version called '{name}'.");
    }

    private long BaseVersion() =>
        Storage.Sql.Exec("SELECT coalesce((SELECT version FROM base), 0)").One().Get<long>(0);

    private long NewestVersion() =>
        Storage.Sql.Exec("SELECT coalesce((SELECT max(version) FROM log), (SELECT version FROM base), 0)").One().Get<long>(0);

    private IEnumerable<LogRow> LogAfter(long version, int limit) =>
        Storage.Sql.Exec("SELECT * FROM log WHERE version > ? ORDER BY version LIMIT ?", version, limit).As<LogRow>();

    private CurrentText Current() => _current ??= Load(long.MaxValue);

    /// <summary>The text as it was at a version, made from base and log.</summary>
    private CurrentText Load(long version)
    {
        SqlRow? row = Storage.Sql.Exec("SELECT version, text FROM base").FirstOrDefault();
        CurrentText loaded = new(new DocumentText(row?.Get<string>(1) ?? ""), row?.Get<long>(0) ?? 0);
        foreach (LogRow entry in LogAfter(loaded.BaseVersion, -1).TakeWhile(one => one.Version <= version))
        {
            loaded.Text.Apply(DocumentChanges.Read(entry.Changes), "changes");
            loaded.Add(entry);
        }
        return loaded;
    }

    private DocumentUpdate Append(CurrentText current, LogRow row, DocumentChanges changes, string name)
    {
        if (changes.NewLength > MaxCharacters && changes.NewLength > changes.Length)
        {
            throw new DurableObjectException(
                409, TooManyCharacters,
                $"With '{name}' the document would have {changes.NewLength:N0} characters; the limit is {MaxCharacters:N0}.");
        }
        current.Text.Apply(changes, name);
        current.Add(row);
        Storage.Sql.Exec(
            "INSERT INTO log(version, client, changes, effects) VALUES (?, ?, ?, ?)", row.Version, row.Client, row.Changes, row.Effects);
        foreach ((string socket, DocumentCursor cursor) in _cursors)
        {
            _cursors[socket] = Moved(cursor, changes);
        }
        return row.ToUpdate();
    }

    private void Announce(CurrentText current, IReadOnlyList<DocumentUpdate> updates, long characters)
    {
        Context.Sockets.Send("updates", new DocumentUpdates(current.Version, characters <= PageCharacters ? updates : []));
        if (current.Version - current.BaseVersion > MaxLog || current.LogCharacters > LogCharacters)
        {
            Fold(current, KeptLog, LogCharacters / 2);
        }
    }

    /// <summary>Moves the base on, to where no more than so many updates and characters of JSON follow.</summary>
    private void Fold(CurrentText current, int updates, long characters)
    {
        long version = current.Version;
        long kept = 0;
        foreach (LogRow row in Storage.Sql.Exec("SELECT * FROM log ORDER BY version DESC LIMIT ?", updates).As<LogRow>())
        {
            if (kept + row.Characters > characters)
            {
                break;
            }
            kept += row.Characters;
            version = row.Version - 1;
        }
        if (version > current.BaseVersion)
        {
            DocumentText text = version == current.Version ? current.Text : Load(version).Text;
            Storage.Sql.Exec("INSERT OR REPLACE INTO base(id, version, text) VALUES (0, ?, ?)", version, text.ToString());
            Storage.Sql.Exec("DELETE FROM log WHERE version <= ?", version);
            current.Folded(version, kept);
        }
    }

    private void Remember(string clientId, string? author, long from, long version, long inserted, long deleted)
    {
        DateTimeOffset now = Context.Now;
        long updated = Storage.Sql.Exec(
            """
            UPDATE edit SET version = ?1, ended_at = ?2, inserted = inserted + ?3, deleted = deleted + ?4
            WHERE id = (SELECT max(id) FROM edit WHERE client_id = ?5) AND author IS ?6 AND ended_at >= ?7 AND started_at > ?8
            """, version, now, inserted, deleted, clientId, author, now - EditPause, now - EditSpan).RowsWritten;
        if (updated == 0)
        {
            Storage.Sql.Exec(
                """
                INSERT INTO edit(client_id, author, from_version, version, started_at, ended_at, inserted, deleted)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
                """, clientId, author, from, version, now, inserted, deleted);
            Storage.Sql.Exec("DELETE FROM edit WHERE id <= (SELECT max(id) FROM edit) - ?", MaxEdits);
        }
    }

    /// <summary>The text that the log has led to, and what there is of the log.</summary>
    private sealed class CurrentText(DocumentText text, long baseVersion)
    {
        public DocumentText Text => text;

        public long BaseVersion { get; private set; } = baseVersion;

        public long Version { get; private set; } = baseVersion;

        public long LogCharacters { get; private set; }

        public void Add(LogRow row)
        {
            Version = row.Version;
            LogCharacters += row.Characters;
        }

        public void Folded(long baseVersion, long logCharacters) => (BaseVersion, LogCharacters) = (baseVersion, logCharacters);
    }

    /// <summary>An update as the table has it.</summary>
    private sealed record LogRow(long Version, string Client, string Changes, string? Effects)
    {
        public long Characters => Changes.Length + (Effects?.Length ?? 0);

        public DocumentUpdate ToUpdate() => new(Client, Json(Changes), Effects is null ? null : Json(Effects));

        private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>What an editor sends of its selection.</summary>
    private sealed record Selection(int Anchor, int Head, long Version);
}
