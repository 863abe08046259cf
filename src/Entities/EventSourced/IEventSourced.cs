namespace DurableObjects.Entities;

/// <summary>What every object on <see cref="EventSourcedObject{TState, TEvent}"/> has, beside its own methods.</summary>
public interface IEventSourced
{
    /// <summary>
    /// A page of the events, oldest first, each in the newest version of its type. Read-only. A page ends early when its data reach
    /// <see cref="EventSourcing.PageBytes"/>, but holds at least one event; an empty one means that there are no more.
    /// </summary>
    /// <param name="after">Only events with a greater position: give the last one of a page to get the page after it.</param>
    /// <param name="limit">How many at most: 1 to <see cref="EventSourcing.PageEvents"/>.</param>
    /// <param name="stream">Only events of this stream; all by default.</param>
    /// <param name="afterAt">
    /// The time of the event at <paramref name="after"/>, exactly as it came with it: then the page is refused unless the object still
    /// has that event. By its position alone nobody can tell it from another one after a return to an earlier bookmark.
    /// </param>
    /// <exception cref="DurableObjectException">
    /// The event at <paramref name="after"/> is another one or none (409 <c>history-changed</c>), the class does not know an event (500
    /// <c>unknown-event</c>) or cannot read it (500 <c>unreadable-event</c>), or older data is still being turned into events (503
    /// <c>events-incomplete</c>).
    /// </exception>
    Task<IReadOnlyList<StoredEvent>> Events(long after = 0, int limit = 100, string? stream = null, DateTimeOffset? afterAt = null);

    /// <summary>
    /// Makes all projections anew from the events, for administrators. A few thousand events are done by the time of the answer; more in
    /// steps by alarm, while the object goes on with its projections as they were. Called again meanwhile, it tells how far it has come.
    /// </summary>
    /// <returns>How far it has come.</returns>
    /// <exception cref="DurableObjectException">The caller is no administrator (403 <c>forbidden</c>).</exception>
    Task<ProjectionStatus> RebuildProjections();

    /// <summary>How far the projections have come. Read-only.</summary>
    Task<ProjectionStatus> Projected();
}
