namespace DurableObjects.Functions.Sockets;

/// <summary>One thing that the relay does at SignalR Service. A connection's id is the socket's id in the model.</summary>
public abstract record RelayEffect;

/// <summary>Puts a connection into the object's group, so that sends to all reach it.</summary>
/// <param name="ConnectionId">The connection.</param>
public sealed record RelayJoin(string ConnectionId) : RelayEffect;

/// <summary>Sends to connections one by one.</summary>
/// <param name="ConnectionIds">The connections.</param>
/// <param name="Target">The client method.</param>
/// <param name="Arguments">Each argument as UTF-8 JSON.</param>
public sealed record RelaySend(
    IReadOnlyList<string> ConnectionIds, string Target, IReadOnlyList<ReadOnlyMemory<byte>> Arguments) : RelayEffect;

/// <summary>Sends to the object's group with one request, however many are in it.</summary>
/// <param name="Except">Connections of the group that do not get it.</param>
/// <param name="Target">The client method.</param>
/// <param name="Arguments">Each argument as UTF-8 JSON.</param>
public sealed record RelayGroupSend(
    IReadOnlyList<string> Except, string Target, IReadOnlyList<ReadOnlyMemory<byte>> Arguments) : RelayEffect;

/// <summary>Closes a connection.</summary>
/// <param name="ConnectionId">The connection.</param>
/// <param name="Reason">What the client gets as the error of its close; perhaps empty.</param>
public sealed record RelayClose(string ConnectionId, string Reason) : RelayEffect;
