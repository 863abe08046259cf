using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>The rules of bookmarks, and how a return is asked for.</summary>
internal static class Recovery
{
    /// <summary>The bookmark of an object's newest commit.</summary>
    /// <exception cref="DurableObjectException">There is none (404).</exception>
    public static Bookmark Current(ObjectSummary summary) => summary.Head.Commit > 0
        ? new Bookmark(summary.Head.Commit, summary.History)
        : throw new DurableObjectException(404, ErrorCodes.UnknownBookmark, "The object has no history yet: it has never committed.");

    /// <summary>Refuses a bookmark that is not one of this object's commits.</summary>
    /// <exception cref="DurableObjectException">It is not (404).</exception>
    public static void Check(ObjectSummary summary, Bookmark bookmark)
    {
        Bookmark current = Current(summary);
        if (bookmark.History != current.History)
        {
            throw new DurableObjectException(404, ErrorCodes.UnknownBookmark, $"The bookmark {bookmark} is not one of this object's.");
        }
        if (bookmark.Commit > current.Commit)
        {
            throw new DurableObjectException(
                404, ErrorCodes.UnknownBookmark, $"The bookmark {bookmark} lies in the future: the object is at {current}.");
        }
    }

    /// <summary>Notes in the turn's transaction what the object is to return to; gives the bookmark of the turn's own commit.</summary>
    public static Bookmark Request(MetaTable meta, TurnScope scope, ObjectSummary summary, long commit)
    {
        meta.Set(MetaTable.RestoreTo, commit);
        scope.ChangedRuntime();
        return new Bookmark(summary.Head.Commit + 1, summary.History);
    }

    /// <summary>Says that the history does not reach to a moment.</summary>
    public static DurableObjectException Expired(string what) => new(
        410, ErrorCodes.BookmarkExpired, $"{what} is older than what is kept of the object's history.");
}
