namespace DurableObjects.Turns;

/// <summary>
/// A one-way call on its way to an object. Between objects it carries its place in the stream from its sender to its receiver,
/// by which the receiver drops what it has seen and refuses what came too early.
/// </summary>
/// <param name="Receiver">The object to be called.</param>
/// <param name="Method">The method.</param>
/// <param name="Arguments">UTF-8 JSON, as in <see cref="CallTurn"/>.</param>
public sealed record Signal(ObjectAddress Receiver, string Method, ReadOnlyMemory<byte> Arguments)
{
    /// <summary>The sending object, or null for a one-way call from outside.</summary>
    public ObjectAddress? Sender { get; init; }

    /// <summary>The row in the sender's outbox.</summary>
    public long Sequence { get; init; }

    /// <summary>What the signal is acknowledged by, once its receiver has committed it.</summary>
    public SignalReceipt Receipt => new(Sequence, Position.Epoch);

    /// <summary>Where the signal stands between its sender and its receiver.</summary>
    public StreamPosition Position { get; init; }

    /// <summary>
    /// The span of the turn that sent it, as in <see cref="Turn.TraceParent"/>. It is not stored: a signal that comes out of the outbox
    /// after a restart starts a trace of its own.
    /// </summary>
    public string? TraceParent { get; init; }
}

/// <summary>A signal's place in the stream from one object to another.</summary>
/// <param name="Epoch">Tells this stream from one before it that was deleted with its sender; later ones are greater.</param>
/// <param name="Number">1, 2, 3 … within the epoch.</param>
/// <param name="Oldest">The oldest number that the sender still holds: all before it were acknowledged.</param>
public readonly record struct StreamPosition(long Epoch, long Number, long Oldest);

/// <summary>
/// Names a signal in its sender's outbox. The epoch is part of it, because an object that was purged and made again counts its
/// rows anew, and an acknowledgement may come later than that.
/// </summary>
/// <param name="Sequence">The row.</param>
/// <param name="Epoch">The epoch of the stream that the signal belongs to.</param>
public readonly record struct SignalReceipt(long Sequence, long Epoch);
