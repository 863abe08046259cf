namespace DurableObjects.Turns;

/// <summary>Something to be done to sockets once the turn's commit is durable. Not durable itself: a crash loses it.</summary>
public abstract record SocketEffect;

/// <summary>Sends to sockets.</summary>
/// <param name="SocketIds">The connections, as the object knew them when it sent.</param>
/// <param name="Target">The client method.</param>
/// <param name="Arguments">Each argument as UTF-8 JSON.</param>
public sealed record SocketSend(
    IReadOnlyList<string> SocketIds, string Target, IReadOnlyList<ReadOnlyMemory<byte>> Arguments) : SocketEffect;

/// <summary>Closes a socket.</summary>
/// <param name="SocketId">The connection.</param>
/// <param name="Closing">The code and reason that the client should see.</param>
public sealed record SocketClose(string SocketId, SocketClosing Closing) : SocketEffect;
