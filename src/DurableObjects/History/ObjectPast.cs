using DurableObjects.Storage;
using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>What a turn may know of the object's past and ask of it.</summary>
/// <param name="database">The object's database.</param>
/// <param name="guard">The turn's.</param>
/// <param name="summary">The object before the running turn.</param>
/// <param name="history">What the host keeps; null if it keeps nothing.</param>
/// <param name="clock">The model's clock.</param>
internal sealed class ObjectPast(
    SqliteDatabase database, TurnGuard guard, Func<ObjectSummary> summary, IObjectHistory? history, TimeProvider clock)
{
    public SqliteDatabase Database { get; } = database;

    public TurnGuard Guard { get; } = guard;

    public TimeProvider Clock { get; } = clock;

    private IObjectHistory History => history
        ?? throw new DurableObjectException(501, ErrorCodes.BookmarkExpired, "This host keeps no history of its objects.");

    public Bookmark Current()
    {
        _ = Guard.Current;
        return Recovery.Current(summary());
    }

    public async ValueTask<Bookmark> AtAsync(DateTimeOffset time)
    {
        CancellationToken cancellation = Guard.Current.Abandoned;
        ObjectSummary now = summary();
        Bookmark current = Recovery.Current(now);
        if (time >= now.CommittedAt)
        {
            return current;
        }
        return await History.FindAsync(time, cancellation) is { } moment
            ? current with { Commit = moment.Commit }
            : throw Recovery.Expired($"The time {time:O}");
    }

    public async ValueTask<Bookmark> RestoreAsync(Bookmark bookmark)
    {
        TurnScope scope = Guard.Current;
        if (scope.IsTellingOfReturn)
        {
            throw DurableObjectException.Misuse("OnReturned asked for a return, of which the object would be told again, and so on.");
        }
        CancellationToken cancellation = scope.Abandoned;
        ObjectSummary now = summary();
        Recovery.Check(now, bookmark);
        if (bookmark.Commit < now.Head.Commit && await History.FindAsync(bookmark.Commit, cancellation) is null)
        {
            throw Recovery.Expired($"The bookmark {bookmark}");
        }
        using TurnGuard.Entry entry = Guard.EnterToChange("RestoreOnNextWakeAsync");
        return Recovery.Request(new MetaTable(Database), entry.Scope, now, bookmark.Commit);
    }
}
