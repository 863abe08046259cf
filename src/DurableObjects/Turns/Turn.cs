using DurableObjects.History;

namespace DurableObjects.Turns;

/// <summary>
/// One serialized visit to an object: the "turn in" of the runtime's step. Plain data, so that a host may queue it, store it or
/// send it to where the object lives.
/// </summary>
public abstract record Turn
{
    /// <summary>Who asks.</summary>
    public Caller Caller { get; init; } = Caller.Anonymous;

    /// <summary>When given, the turn runs only if the object's ETag is this one; otherwise it fails with 412.</summary>
    public EntityTag? IfMatch { get; init; }

    /// <summary>
    /// When given, a repetition of the same request within <see cref="Limits.IdempotencyWindow"/> gets the first answer instead
    /// of a second turn. For calls and fetches.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// The caller's span, of which the turn's is a part: a <c>traceparent</c> of W3C Trace Context. One that is malformed counts as
    /// none.
    /// </summary>
    public string? TraceParent { get; init; }
}

/// <summary>Calls a method.</summary>
/// <param name="Method">The method's name, compared without regard to case.</param>
/// <param name="Arguments">UTF-8 JSON: an object of named arguments, an array of positional ones, or nothing.</param>
public sealed record CallTurn(string Method, ReadOnlyMemory<byte> Arguments) : Turn
{
    /// <summary>Whether the arguments were text (a query string), so that <c>"5"</c> may stand for a number.</summary>
    public bool Textual { get; init; }
}

/// <summary>Hands a whole HTTP request to the object.</summary>
/// <param name="Request">The request.</param>
public sealed record FetchTurn(ObjectRequest Request) : Turn;

/// <summary>
/// Delivers a signal. If its handler throws, the signal is kept in the object's inbox and retried, so the turn itself still
/// succeeds: from its commit on the signal is the receiver's.
/// </summary>
/// <param name="Signal">The signal.</param>
public sealed record SignalTurn(Signal Signal) : Turn;

/// <summary>
/// Runs what has come due: the alarm, or the retry of a signal; one thing a turn. A host gives it when
/// <see cref="ObjectSummary.WakeAt"/> has come, and again while that is not in the future. Early ones do nothing.
/// </summary>
public sealed record ClockTurn : Turn;

/// <summary>A client has connected.</summary>
/// <param name="SocketId">The host's id of the connection, unique for all time.</param>
/// <param name="Opening">What the client came with.</param>
public sealed record SocketOpenedTurn(string SocketId, SocketOpening Opening) : Turn;

/// <summary>A client has sent a message.</summary>
/// <param name="SocketId">The host's id of the connection.</param>
/// <param name="Message">What it sent.</param>
public sealed record SocketMessageTurn(string SocketId, SocketMessage Message) : Turn;

/// <summary>A connection is gone.</summary>
/// <param name="SocketId">The host's id of the connection.</param>
/// <param name="Closing">Why.</param>
public sealed record SocketClosedTurn(string SocketId, SocketClosing Closing) : Turn;

/// <summary>
/// Tells the object which of its sockets a restarted host still has; the others are closed, each with its
/// <c>OnSocketClosed</c>.
/// </summary>
/// <param name="Open">The ids of the connections that are open.</param>
public sealed record SocketsLostTurn(IReadOnlyCollection<string> Open) : Turn;

/// <summary>Reads the outbox: the signals that wait in committed state come out as the turn's signals, in order.</summary>
public sealed record DrainTurn : Turn
{
    /// <summary>Only signals behind this row of the outbox; 0 for all.</summary>
    public long After { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = int.MaxValue;
}

/// <summary>Takes signals out of the outbox that their receivers have committed.</summary>
/// <param name="Receipts">Their <see cref="Signal.Receipt"/>s.</param>
public sealed record AcknowledgeTurn(IReadOnlyList<SignalReceipt> Receipts) : Turn;

/// <summary>Takes out of the outbox every signal of a stream up to the newest that its receiver has committed.</summary>
/// <param name="Receiver">The receiver.</param>
/// <param name="Epoch">The stream's epoch, as in <see cref="StreamPosition"/>.</param>
/// <param name="Number">The number of the newest signal that the receiver has.</param>
public sealed record AcknowledgeStreamTurn(ObjectId Receiver, long Epoch, long Number) : Turn;

/// <summary>
/// Keeps answers of calls for <see cref="Limits.CallMemory"/>, for a host that may deliver a call twice: it asks with a
/// <see cref="FindCallTurn"/> before it runs one.
/// </summary>
/// <param name="Calls">The calls, with their answers as the host writes them.</param>
public sealed record RememberCallsTurn(IReadOnlyList<RememberedCall> Calls) : Turn;

/// <summary>Looks for a call that was remembered: the answer's JSON is the host's bytes, empty if it is not known.</summary>
/// <param name="Id">The call.</param>
public sealed record FindCallTurn(Guid Id) : Turn;

/// <summary>Ends the object for an administrator: what <c>DeleteAll</c> does, and its sockets are closed.</summary>
public sealed record DeleteTurn : Turn;

/// <summary>Reads the object's recovery points: the answer is a list of <see cref="RecoveryPoint"/>.</summary>
public sealed record RecoveryPointsTurn : Turn;

/// <summary>Makes a recovery point of the object as it is; the answer is the <see cref="RecoveryPoint"/>.</summary>
/// <param name="Label">Its label.</param>
public sealed record CreateRecoveryPointTurn(string Label) : Turn;

/// <summary>
/// Has the object return to a bookmark before its next turn, awake or not, existing or not. The answer is the bookmark that undoes
/// it, as text. Whether the history reaches so far is for the host to find out first.
/// </summary>
/// <param name="Bookmark">Where to return to.</param>
public sealed record RestoreTurn(Bookmark Bookmark) : Turn;

/// <summary>Gives up a return to a bookmark that could not be carried out.</summary>
/// <param name="Reason">Why, for <see cref="ObjectDetails.RestoreError"/>.</param>
public sealed record RestoreFailedTurn(string Reason) : Turn;

/// <summary>Reads what only the database knows of an object; the answer is an <see cref="ObjectDetails"/>.</summary>
public sealed record InspectTurn : Turn;

/// <summary>Lets an administrator retry (or drop) the signals that were parked.</summary>
/// <param name="Drop">Whether to drop them instead.</param>
public sealed record ParkedSignalsTurn(bool Drop) : Turn;

/// <summary>
/// Does for a turn that was abandoned what its failure asks for: an alarm is retried later, a signal goes into the inbox. A host
/// gives it to the fresh activation before any other turn.
/// </summary>
/// <param name="Turn">The turn that was abandoned.</param>
/// <param name="Reason">Why.</param>
public sealed record AbandonedTurn(Turn Turn, Failure Reason) : Turn;
