namespace DurableObjects.Entities;

/// <summary>The limits and error codes of <see cref="EventSourcedObject{TState, TEvent}"/>.</summary>
public static class EventSourcing
{
    /// <summary>Characters (UTF-16) of a stream's name.</summary>
    public const int StreamCharacters = 256;

    /// <summary>Bytes of an event's data, as JSON. What is larger belongs elsewhere, and its name into the event.</summary>
    public const int EventBytes = 64 * 1_024;

    /// <summary>
    /// Bytes of a stream's state, as JSON. A larger one takes too long to write and to read; what grows belongs into a projection.
    /// </summary>
    public const int StateBytes = 1_024 * 1_024;

    /// <summary>Events of one page.</summary>
    public const int PageEvents = 1_000;

    /// <summary>Bytes of data after which a page, or a step of a rebuild, ends: half of <see cref="Limits.ResponseBytes"/>.</summary>
    public const int PageBytes = 4 * 1_024 * 1_024;

    /// <summary>
    /// Events of one step of a rebuild, unless a class says otherwise. At some twenty microseconds and some hundred bytes for each, others
    /// wait for a tenth of a second, and a commit stays far below what Azure allows (32 MiB).
    /// </summary>
    public const int RebuildEvents = 5_000;

    /// <summary>Streams whose states are kept in memory between the turns of an instance.</summary>
    public const int StreamsInMemory = 256;

    /// <summary>The error code of an append that expects another version than the stream has (409).</summary>
    public const string VersionConflict = "version-conflict";

    /// <summary>The error code of a state over <see cref="StateBytes"/> (409).</summary>
    public const string StateTooLarge = "state-too-large";

    /// <summary>The error code of a stored event whose type or version the class does not know (500).</summary>
    public const string UnknownEvent = "unknown-event";

    /// <summary>The error code of a stored event whose data cannot be read (500).</summary>
    public const string UnreadableEvent = "unreadable-event";

    /// <summary>The error code of reading projections that are made anew because the class has changed (503, retryable).</summary>
    public const string ProjectionsRebuilding = "projections-rebuilding";

    /// <summary>The error code of reading events while older data is still being turned into them (503, retryable).</summary>
    public const string EventsIncomplete = "events-incomplete";

    /// <summary>The error code of going on after an event that the object, returned to an earlier bookmark, no longer has (409).</summary>
    public const string HistoryChanged = "history-changed";

    /// <summary>
    /// A migration that changes nothing. A pending one makes a turn of a read-only call, and a turn notices that the projections have
    /// changed; without it read-only calls are refused until the next ordinary turn.
    /// </summary>
    public const string ProjectionsChanged = "SELECT 'the projections have changed'";

    internal static DurableObjectException NotYet(string code, string message) =>
        new(503, code, message) { Retryable = true, RetryAfter = TimeSpan.FromSeconds(1) };
}
