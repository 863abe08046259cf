using DurableObjects.Turns;

namespace DurableObjects.History;

/// <summary>
/// An object's recovery points: labelled bookmarks. They are the runtime's own data, so a return to one of them loses none, neither
/// older nor newer. A point keeps nothing by itself: it can be returned to as long as the history reaches so far.
/// </summary>
public sealed class RecoveryPoints
{
    private readonly ObjectPast _past;
    private readonly RecoveryPointTable _table;

    internal RecoveryPoints(ObjectPast past)
    {
        _past = past;
        _table = new RecoveryPointTable(past.Database);
    }

    /// <summary>
    /// Makes a recovery point of the state that this turn began with. It reads all of the object's data for the hash.
    /// </summary>
    /// <param name="label">1 to <see cref="Limits.LabelCharacters"/> characters.</param>
    /// <exception cref="DurableObjectException">
    /// The label is malformed (400) or taken (409), there are <see cref="Limits.RecoveryPoints"/> already (409), the object has never
    /// committed (404), or the turn has changed something already (500): make it first, then change.
    /// </exception>
    public RecoveryPoint Create(string label)
    {
        using TurnGuard.Entry entry = _past.Guard.EnterToChange("RecoveryPoints.Create");
        if (entry.Scope.HandlerChanged)
        {
            throw DurableObjectException.Misuse(
                "A recovery point is of the state that the turn began with: make it before the turn changes anything.");
        }
        return _table.Create(label, _past.Current(), _past.Clock.GetUtcNow(), entry.Scope);
    }

    /// <summary>All of them, oldest first.</summary>
    public IReadOnlyList<RecoveryPoint> List()
    {
        using TurnGuard.Entry entry = _past.Guard.Enter();
        return _table.List();
    }

    /// <summary>Removes one; true if there was one of that label.</summary>
    public bool Delete(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        using TurnGuard.Entry entry = _past.Guard.EnterToChange("RecoveryPoints.Delete");
        bool deleted = _table.Delete(label);
        entry.Scope.RuntimeChanged |= deleted;
        return deleted;
    }

    /// <summary>Has the object return to one, as <see cref="ObjectStorage.RestoreOnNextWakeAsync"/> does.</summary>
    /// <returns>The bookmark that undoes it.</returns>
    /// <exception cref="DurableObjectException">There is none of that label (404), or it is older than the history (410).</exception>
    public async ValueTask<string> RestoreOnNextWakeAsync(string label)
    {
        RecoveryPoint point = List().FirstOrDefault(one => one.Label == label)
            ?? throw new DurableObjectException(404, ErrorCodes.UnknownBookmark, $"The object has no recovery point '{label}'.");
        return (await _past.RestoreAsync(Bookmark.Parse(point.Bookmark))).ToString();
    }
}
