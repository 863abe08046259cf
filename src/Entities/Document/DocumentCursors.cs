namespace DurableObjects.Entities;

/// <summary>
/// The cursors by socket, moved along with the text. They move too often to be stored; after hibernation the editors are asked for them
/// when somebody comes.
/// </summary>
internal sealed class DocumentCursors
{
    private readonly Dictionary<string, DocumentCursor> _cursors = [];

    public IReadOnlyList<DocumentCursor> All => [.. _cursors.Values];

    public void Set(ObjectSocket socket, DocumentCursor cursor) => _cursors[socket.Id] = cursor;

    public void Remove(ObjectSocket socket) => _cursors.Remove(socket.Id);

    /// <summary>Moves all by a change.</summary>
    public void Move(DocumentChanges changes)
    {
        foreach ((string socket, DocumentCursor cursor) in _cursors)
        {
            _cursors[socket] = Moved(cursor, changes);
        }
    }

    /// <summary>A cursor as it is after updates that came since, in a text that is so long now.</summary>
    /// <exception cref="DurableObjectException">It lies outside the text for which it was sent (400).</exception>
    public static DocumentCursor Moved(DocumentCursor cursor, IEnumerable<DocumentChanges> since, int length)
    {
        foreach (DocumentChanges changes in since)
        {
            CheckWithin(cursor, changes.Length);
            cursor = Moved(cursor, changes);
        }
        CheckWithin(cursor, length);
        return cursor;
    }

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
}
