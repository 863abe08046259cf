namespace DurableObjects.History;

/// <summary>
/// What a host keeps of one object's past: its commits, back to the oldest moment that one can return to. It never changes but by
/// growing at its head and being dropped, past the retention, at its other end.
/// </summary>
public interface IObjectHistory
{
    /// <summary>The oldest moment that one can return to; null if the object has never committed.</summary>
    ValueTask<Moment?> OldestAsync(CancellationToken cancellation);

    /// <summary>A commit by its number; null if it is not kept any more, or not made yet.</summary>
    ValueTask<Moment?> FindAsync(long commit, CancellationToken cancellation);

    /// <summary>The newest commit made at a time or before; null if that is not kept any more.</summary>
    ValueTask<Moment?> FindAsync(DateTimeOffset time, CancellationToken cancellation);

    /// <summary>
    /// The pages of the commits from one on, newest first, down to where every page of the database has come. A reader stops as
    /// soon as it has what it wants, since nothing behind is needed then.
    /// </summary>
    /// <param name="commit">The commit to begin with.</param>
    /// <param name="isWanted">May be asked before the pages of a snapshot are read; null for all of them.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="InvalidDataException">What is kept is not what was written.</exception>
    IAsyncEnumerable<HistoricPages> NewestFirstAsync(long commit, PageFilter? isWanted, CancellationToken cancellation);
}
