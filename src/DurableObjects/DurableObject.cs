namespace DurableObjects;

/// <summary>
/// The base of an object class. One live instance per id handles one turn at a time; a turn is a transaction on the object's
/// own storage and commits whole or leaves nothing. Public methods that the class declares are callable by typed stub, over
/// HTTP and as signals; mark those that only read with <see cref="ReadOnlyMethodAttribute"/>.
/// </summary>
/// <remarks>
/// The constructor does no I/O: storage refuses to work in it. Fields last until the instance hibernates or a turn fails, so
/// whatever matters belongs in storage.
/// </remarks>
/// <param name="context">What the runtime gives the instance; pass it on from the constructor.</param>
public abstract class DurableObject(ObjectContext context)
{
    /// <summary>What the runtime gives the instance.</summary>
    protected ObjectContext Context { get; } = context ?? throw new ArgumentNullException(nameof(context));

    /// <summary>The object's private storage.</summary>
    protected ObjectStorage Storage => Context.Storage;

    /// <summary>SQL texts that shape the object's tables, each applied once and in order, before <see cref="OnWake"/>.</summary>
    protected internal virtual IReadOnlyList<string> Migrations => [];

    /// <summary>Runs before the first turn after each wake; no turn runs until it has ended. If it throws, that turn fails.</summary>
    protected internal virtual ValueTask OnWake() => ValueTask.CompletedTask;

    /// <summary>
    /// Runs once after the object was returned to an earlier bookmark, as part of the first turn after that, behind <see cref="OnWake"/>.
    /// No call sees the object before, not even one that only reads; if none comes, the runtime gives it a turn. If it throws, that turn
    /// fails, and the next one tries again. Cloudflare has nothing of the kind.
    /// </summary>
    protected internal virtual ValueTask OnReturned(ReturnInfo info) => ValueTask.CompletedTask;

    /// <summary>
    /// Runs when the alarm is due. The alarm is cleared before; if the handler throws it is retried after 2 s, 4 s, 8 s … six
    /// times, then dropped.
    /// </summary>
    protected internal virtual ValueTask OnAlarm(AlarmInfo alarm) => throw DurableObjectException.Misuse(
        $"{GetType().Name} set an alarm but does not override {nameof(OnAlarm)}.");

    /// <summary>Answers a whole HTTP request.</summary>
    protected internal virtual ValueTask<ObjectResponse> OnFetch(ObjectRequest request) => throw new DurableObjectException(
        404, ErrorCodes.UnknownMethod, $"Objects of class '{Context.Address.ClassName}' answer no requests.");

    /// <summary>
    /// Runs when a client has connected. The handler may tag the socket, attach to it, send, or refuse it by closing it or by
    /// throwing. A class that does not override it takes no sockets.
    /// </summary>
    protected internal virtual ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening) =>
        throw new DurableObjectException(
            404, ErrorCodes.UnknownMethod, $"Objects of class '{Context.Address.ClassName}' take no sockets.");

    /// <summary>Runs when a client has sent something with the target <c>message</c>.</summary>
    protected internal virtual ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message) => ValueTask.CompletedTask;

    /// <summary>Runs when a connection is gone that the object did not close itself. The socket can be read but not sent to.</summary>
    protected internal virtual ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing) => ValueTask.CompletedTask;
}
