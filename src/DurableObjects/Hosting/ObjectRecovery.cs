using System.Text.Json;
using DurableObjects.History;
using DurableObjects.Turns;

namespace DurableObjects.Hosting;

/// <summary>
/// Recovery of objects from the outside, for administrators: recovery points, and returns to bookmarks, times and labels. None of it
/// constructs the object, so one whose code fails on its data can be returned too.
/// </summary>
/// <param name="host">The host that has the objects.</param>
public sealed class ObjectRecovery(IObjectHost host)
{
    /// <summary>What an object can be returned to.</summary>
    /// <param name="Current">The bookmark of its newest commit.</param>
    /// <param name="Oldest">The oldest moment that its history reaches to.</param>
    /// <param name="Items">Its recovery points, oldest first.</param>
    public sealed record Listing(string Current, OldestMoment Oldest, IReadOnlyList<RecoveryPoint> Items);

    /// <summary>The oldest moment that a history reaches to.</summary>
    /// <param name="Bookmark">Its bookmark.</param>
    /// <param name="At">When it was.</param>
    public sealed record OldestMoment(string Bookmark, DateTimeOffset At);

    /// <summary>A return that was carried out.</summary>
    /// <param name="Restored">The bookmark of the state that the object has again.</param>
    /// <param name="Undo">The bookmark that undoes it.</param>
    /// <param name="Current">The bookmark of the newest commit after it.</param>
    public sealed record Return(string Restored, string Undo, string Current);

    /// <summary>The object's recovery points and how far its history reaches.</summary>
    /// <exception cref="DurableObjectException">The object has no history (404).</exception>
    public async Task<Listing> ListAsync(ObjectAddress address, Caller caller, CancellationToken cancellation)
    {
        IObjectHistory history = await HistoryAsync(address, cancellation);
        Bookmark current = await CurrentAsync(address, caller, cancellation);
        Moment oldest = await history.OldestAsync(cancellation) ?? throw Recovery.Expired("All of it");
        return new Listing(
            current.ToString(), new OldestMoment((current with { Commit = oldest.Commit }).ToString(), oldest.At),
            await PointsAsync(address, caller, cancellation));
    }

    /// <summary>Makes a recovery point of the object as it is.</summary>
    /// <exception cref="DurableObjectException">It does not exist (404); the label is malformed (400) or taken (409).</exception>
    public async Task<RecoveryPoint> CreateAsync(
        ObjectAddress address, string label, Caller caller, CancellationToken cancellation)
    {
        await HistoryAsync(address, cancellation);
        return Read<RecoveryPoint>(await host.RunAsync(address, new CreateRecoveryPointTurn(label) { Caller = caller }, cancellation));
    }

    /// <summary>Returns the object to a bookmark, existing now or not, and ends when that is durable.</summary>
    /// <exception cref="DurableObjectException">
    /// The text is no bookmark (400), it is not one of the object's (404), older than its history (410), or the return failed (500).
    /// </exception>
    public async Task<Return> RestoreAsync(
        ObjectAddress address, string bookmark, Caller caller, CancellationToken cancellation)
    {
        Bookmark target = Bookmark.Parse(bookmark);
        IObjectHistory history = await HistoryAsync(address, cancellation);
        Recovery.Check(await CurrentAsync(address, caller, cancellation), target);
        if (await history.FindAsync(target.Commit, cancellation) is null)
        {
            throw Recovery.Expired($"The bookmark {target}");
        }
        string undo = Read<string>(await host.RunAsync(address, new RestoreTurn(target) { Caller = caller }, cancellation));
        // The next turn comes after the return.
        ObjectDetails details = await InspectAsync(address, caller, cancellation);
        return details.RestoreError is { } error
            ? throw new DurableObjectException(500, ErrorCodes.RestoreFailed, $"{address} could not return to {target}: {error}")
            : new Return(target.ToString(), undo, details.Bookmark!);
    }

    /// <summary>Returns the object to its newest commit at a time or before.</summary>
    /// <inheritdoc cref="RestoreAsync(ObjectAddress, string, Caller, CancellationToken)"/>
    public async Task<Return> RestoreAsync(
        ObjectAddress address, DateTimeOffset time, Caller caller, CancellationToken cancellation)
    {
        IObjectHistory history = await HistoryAsync(address, cancellation);
        Moment moment = await history.FindAsync(time, cancellation) ?? throw Recovery.Expired($"The time {time:O}");
        Bookmark current = await CurrentAsync(address, caller, cancellation);
        return await RestoreAsync(address, (current with { Commit = moment.Commit }).ToString(), caller, cancellation);
    }

    /// <summary>Returns the object to a recovery point.</summary>
    /// <inheritdoc cref="RestoreAsync(ObjectAddress, string, Caller, CancellationToken)"/>
    public async Task<Return> RestoreToLabelAsync(
        ObjectAddress address, string label, Caller caller, CancellationToken cancellation)
    {
        await HistoryAsync(address, cancellation);
        RecoveryPoint point = (await PointsAsync(address, caller, cancellation)).FirstOrDefault(one => one.Label == label)
            ?? throw new DurableObjectException(404, ErrorCodes.UnknownBookmark, $"{address} has no recovery point '{label}'.");
        return await RestoreAsync(address, point.Bookmark, caller, cancellation);
    }

    private async Task<IObjectHistory> HistoryAsync(ObjectAddress address, CancellationToken cancellation) =>
        await host.HistoryAsync(address, cancellation)
        ?? throw new DurableObjectException(404, ErrorCodes.UnknownObject, $"The object {address} does not exist and has no history.");

    private async Task<Bookmark> CurrentAsync(ObjectAddress address, Caller caller, CancellationToken cancellation) =>
        Bookmark.Parse((await InspectAsync(address, caller, cancellation)).Bookmark!);

    private async Task<ObjectDetails> InspectAsync(ObjectAddress address, Caller caller, CancellationToken cancellation) =>
        Read<ObjectDetails>(await host.RunAsync(address, new InspectTurn { Caller = caller }, cancellation));

    private async Task<IReadOnlyList<RecoveryPoint>> PointsAsync(
        ObjectAddress address, Caller caller, CancellationToken cancellation) =>
        Read<List<RecoveryPoint>>(await host.RunAsync(address, new RecoveryPointsTurn { Caller = caller }, cancellation));

    private static T Read<T>(Answer answer) =>
        JsonSerializer.Deserialize<T>(answer.OrThrow().Json.Span, ObjectJson.Options)!;
}
