namespace DurableObjects.Functions.Sockets;

/// <summary>What the relay of an object is given: the effects of its newest committed turns.</summary>
/// <param name="Epoch">
/// Tells the counting of an object that was purged and made again from the one before it: a greater one is newer, and starts anew.
/// </param>
/// <param name="Entries">One for each turn, by rising <see cref="RelayEntry.Sequence"/>.</param>
public sealed record RelayBatch(long Epoch, IReadOnlyList<RelayEntry> Entries);

/// <summary>The socket effects of one turn, as <see cref="SocketEffectCodec"/> has them. One of the two places holds them.</summary>
/// <param name="Sequence">Rises with each entry of the object's epoch, from 1; by more than one where entries were put together.</param>
/// <param name="Inline">The encoded effects as base64url text, or null.</param>
/// <param name="Payload">The reference under which <see cref="RelayPayloads"/> has the encoded effects, or null.</param>
public sealed record RelayEntry(long Sequence, string? Inline, string? Payload);

/// <summary>Reads encoded effects that were too large to travel inside an entity's input.</summary>
/// <param name="reference">What <see cref="RelayEntry.Payload"/> says.</param>
/// <param name="cancellation">Ends the waiting.</param>
public delegate ValueTask<ReadOnlyMemory<byte>> RelayPayloads(string reference, CancellationToken cancellation);
