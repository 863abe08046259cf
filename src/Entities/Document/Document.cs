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

    private readonly DocumentLog _log = new(context.Storage);
    private readonly DocumentHistory _history = new(context.Storage);
    private readonly DocumentVersions _versions = new(context.Storage);
    private readonly DocumentCursors _cursors = new();

    /// <summary>Whether all that were connected when the instance woke have been asked for their cursors.</summary>
    private bool _hasAsked;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
        [DocumentLog.Migration + DocumentHistory.Migration + DocumentVersions.Migration];

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<DocumentSnapshot> GetDocument()
    {
        CurrentText current = _log.Load(long.MaxValue);
        return Task.FromResult(new DocumentSnapshot(current.Version, current.Text.ToString()));
    }

    /// <inheritdoc/>
    public Task<bool> PushUpdates(long version, IReadOnlyList<DocumentUpdate> updates, string? author = null)
    {
        ArgumentNullException.ThrowIfNull(updates);
        CheckAuthor(author);
        if (updates.Count > DocumentLimits.MaxUpdates)
        {
            throw Argument.Invalid($"'updates' has {updates.Count:N0} items; the limit is {DocumentLimits.MaxUpdates:N0}.");
        }
        CurrentText current = _log.Current();
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
            DocumentLogRow row = new(current.Version + 1, updates[i].ClientId, changes.ToJson(), effects);
            characters += row.Characters;
            if (characters > DocumentLimits.UpdateCharacters)
            {
                throw Argument.Invalid(
                    $"'updates[{i}]' and those before it have {characters:N0} characters of JSON; the limit is "
                    + $"{DocumentLimits.UpdateCharacters:N0}.");
            }
            taken.Add(Append(row, changes, $"updates[{i}].changes"));
            inserted += changes.Inserted;
            deleted += changes.Deleted;
        }
        _history.Add(updates[0].ClientId, author, version, current.Version, inserted, deleted, Context.Now);
        Announce(taken, characters);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<DocumentUpdate>> PullUpdates(long version, int limit = DocumentLimits.MaxUpdates)
    {
        Argument.Within(limit, "limit", 1, DocumentLimits.MaxUpdates);
        CheckVersion(version, _log.BaseVersion(), _log.NewestVersion());
        List<DocumentUpdate> updates = [];
        long characters = 0;
        foreach (DocumentLogRow row in _log.After(version, limit))
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
        Argument.Within(limit, "limit", 1, DocumentLimits.MaxEdits);
        return Task.FromResult(_history.Page(limit, before ?? long.MaxValue));
    }

    /// <inheritdoc/>
    public Task<DocumentVersion> SaveVersion(string name)
    {
        Argument.Text(name, "name", DocumentLimits.NameCharacters);
        if (_versions.Has(name))
        {
            throw new DurableObjectException(409, VersionExists, $"There is a version called '{name}'; delete it first.");
        }
        if (_versions.Count() >= DocumentLimits.MaxVersions)
        {
            throw new DurableObjectException(
                409, TooManyVersions, $"There are {DocumentLimits.MaxVersions} named versions, which is the limit.");
        }
        CurrentText current = _log.Current();
        DocumentVersion version = new(name, current.Version, Context.Now, current.Text.Length);
        _versions.Add(version, current.Text.ToString());
        return Task.FromResult(version);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<DocumentVersion>> Versions() => Task.FromResult(_versions.All());

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<DocumentSnapshot> Version(string name) => Task.FromResult(Saved(name));

    /// <inheritdoc/>
    public Task<long> RestoreVersion(string name, string? author = null)
    {
        CheckAuthor(author);
        string wanted = Saved(name).Doc;
        CurrentText current = _log.Current();
        long before = current.Version;
        List<DocumentUpdate> made = [];
        long characters = 0;
        long inserted = 0;
        long deleted = 0;
        for (DocumentChanges changes; !(changes = DocumentChanges.Between(current.Text.Span, wanted, PieceCharacters)).IsEmpty;)
        {
            DocumentLogRow row = new(current.Version + 1, OwnClientId, changes.ToJson(), null);
            made.Add(Append(row, changes, "name"));
            characters += row.Characters;
            inserted += changes.Inserted;
            deleted += changes.Deleted;
        }
        if (made.Count > 0)
        {
            _history.Add(OwnClientId, author, before, current.Version, inserted, deleted, Context.Now);
            Announce(made, characters);
        }
        return Task.FromResult(current.Version);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteVersion(string name)
    {
        Argument.Text(name, "name", DocumentLimits.NameCharacters);
        return Task.FromResult(_versions.Remove(name));
    }

    /// <inheritdoc/>
    public Task<long> Compact(int keep = 0)
    {
        Argument.Within(keep, "keep", 0, DocumentLimits.MaxLog);
        _log.Fold(keep, long.MaxValue);
        return Task.FromResult(_log.Current().BaseVersion);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        string clientId = opening.Query.GetValueOrDefault("clientID")
            ?? throw Argument.Invalid("Connect with '?clientID='; it is missing.");
        Argument.Text(clientId, "clientID", DocumentLimits.ClientIdCharacters);
        string? name = opening.Query.GetValueOrDefault("name");
        if (name is not null)
        {
            Argument.Text(name, "name", DocumentLimits.NameCharacters);
        }
        if (Context.Sockets.Count > DocumentLimits.MaxSockets)
        {
            throw new DurableObjectException(
                409, TooManySockets, $"The document has {DocumentLimits.MaxSockets} sockets, which is the limit.");
        }
        if (!_hasAsked)
        {
            Context.Sockets.SendToTag(EditorTag, "whereabouts");
            _hasAsked = true;
        }
        socket.SetAttachment(new DocumentEditor(clientId, name));
        // Tagged only now, so that newcomers are not asked.
        socket.SetTags(EditorTag, TagOf(clientId));
        socket.Send("updates", new DocumentUpdates(_log.NewestVersion(), []));
        socket.Send("cursors", _cursors.All);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        Selection selection = message.As<Selection>() is { Anchor: >= 0, Head: >= 0 } given
            ? given
            : throw Argument.Invalid("A message to a document is a cursor: { anchor, head, version }, none of them negative.");
        CurrentText current = _log.Current();
        long oldest = Math.Max(current.BaseVersion, current.Version - DocumentLimits.CursorLag);
        if (selection.Version > current.Version || selection.Version < oldest)
        {
            return ValueTask.CompletedTask;
        }
        DocumentEditor editor = socket.GetAttachment<DocumentEditor>()!;
        DocumentCursor cursor = new(editor.ClientId, editor.Name, selection.Anchor, selection.Head, selection.Version);
        DocumentChanges[] since =
            [.. _log.After(cursor.Version, DocumentLimits.CursorLag).Select(row => DocumentChanges.Read(row.Changes))];
        cursor = DocumentCursors.Moved(cursor, since, current.Text.Length);
        _cursors.Set(socket, cursor);
        Context.Sockets.Send("cursor", cursor);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        _cursors.Remove(socket);
        DocumentEditor editor = socket.GetAttachment<DocumentEditor>()!;
        if (Context.Sockets.List(TagOf(editor.ClientId)).Count == 0)
        {
            Context.Sockets.Send("left", editor);
        }
        return ValueTask.CompletedTask;
    }

    private static string TagOf(string clientId) => $"client:{clientId}";

    private static void CheckAuthor(string? author)
    {
        if (author is not null)
        {
            Argument.Text(author, "author", DocumentLimits.NameCharacters);
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
            Argument.Text(clientId, $"updates[{i}].clientID", DocumentLimits.ClientIdCharacters);
            if (clientId == OwnClientId || clientId != updates[0].ClientId)
            {
                throw Argument.Invalid(
                    $"'updates[{i}].clientID' is '{clientId}'; it must be that of the first, and not '{OwnClientId}'.");
            }
        }
    }

    private DocumentSnapshot Saved(string name)
    {
        Argument.Text(name, "name", DocumentLimits.NameCharacters);
        return _versions.Find(name)
            ?? throw new DurableObjectException(404, UnknownVersion, $"There is no version called '{name}'.");
    }

    private DocumentUpdate Append(DocumentLogRow row, DocumentChanges changes, string name)
    {
        if (changes.NewLength > DocumentLimits.MaxCharacters && changes.NewLength > changes.Length)
        {
            throw new DurableObjectException(
                409, TooManyCharacters,
                $"With '{name}' the document would have {changes.NewLength:N0} characters; the limit is "
                + $"{DocumentLimits.MaxCharacters:N0}.");
        }
        _log.Add(row, changes, name);
        _cursors.Move(changes);
        return row.ToUpdate();
    }

    private void Announce(IReadOnlyList<DocumentUpdate> updates, long characters)
    {
        long version = _log.Current().Version;
        Context.Sockets.Send("updates", new DocumentUpdates(version, characters <= PageCharacters ? updates : []));
        _log.FoldIfFull();
    }

    /// <summary>What an editor sends of its selection.</summary>
    private sealed record Selection(int Anchor, int Head, long Version);
}
