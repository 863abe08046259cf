using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects;

// The object's past, as the object itself sees it.
public sealed partial class ObjectStorage
{
    /// <summary>
    /// The recovery points that were made of this object: labelled bookmarks, each with a hash of the state.
    /// </summary>
    /// <exception cref="DurableObjectException">The method is marked read-only (500).</exception>
    public RecoveryPoints RecoveryPoints => new(Past);

    private ObjectPast Past => _past ?? throw new DurableObjectException(
        500, ErrorCodes.ReadOnly, "A method marked read-only does not see the object's past.");

    /// <summary>
    /// The bookmark of the object's newest commit: of the state that this turn began with. What the turn changes itself comes after
    /// it. As text; bookmarks of one object sort in time order.
    /// </summary>
    /// <exception cref="DurableObjectException">The object has never committed (404).</exception>
    public string CurrentBookmark() => Past.Current().ToString();

    /// <summary>
    /// The bookmark of the newest commit made at a time or before it. To the millisecond, over the host's whole retention: 30 days.
    /// </summary>
    /// <exception cref="DurableObjectException">The object has never committed (404), or its history does not reach so far (410).</exception>
    public async ValueTask<string> BookmarkForTimeAsync(DateTimeOffset time) => (await Past.AtAsync(time)).ToString();

    /// <summary>
    /// Has the object return to a bookmark when this turn has ended, before its next one. User data, schema and alarm become what
    /// they were; what was received and sent, signals that wait, remembered answers and recovery points stay; sockets are closed
    /// with the code 1012. It is a commit like others: nothing of the history goes, so the return can be undone.
    /// </summary>
    /// <param name="bookmark">Where to return to.</param>
    /// <returns>The bookmark that undoes it: the state that this turn leaves.</returns>
    /// <exception cref="DurableObjectException">
    /// The text is no bookmark (400), it is another object's or of a moment that has not come (404), or older than the history (410).
    /// </exception>
    public async ValueTask<string> RestoreOnNextWakeAsync(string bookmark) =>
        (await Past.RestoreAsync(Bookmark.Parse(bookmark))).ToString();
}
