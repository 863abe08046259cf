using System.Collections.Concurrent;
using DurableObjects.Turns;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DurableObjects.Embedded.Sockets;

/// <summary>The open connections, by SignalR's id, which is the socket's id in the model.</summary>
/// <param name="bounds">What all of them share.</param>
internal sealed class SocketRegistry(SendBounds bounds) : ISocketSink
{
    /// <summary>What SignalR puts around the arguments of a message, about.</summary>
    private const int EnvelopeBytes = 64;

    private readonly ConcurrentDictionary<string, ClientSocket> _sockets = new(StringComparer.Ordinal);

    public int Count => _sockets.Count;

    /// <summary>How many of them are to objects of a class.</summary>
    public int CountOf(string className) => _sockets.Count(one => one.Value.Ticket?.Address.ClassName == className);

    // A write to a connection that is gone does not throw: SignalR takes note of it and drops the message.
    public void Add(HubConnectionContext connection) => _sockets[connection.ConnectionId] =
        new ClientSocket(message => connection.WriteAsync(message), connection.Abort, bounds);

    public void Remove(HubConnectionContext connection)
    {
        if (_sockets.TryRemove(connection.ConnectionId, out ClientSocket? socket))
        {
            socket.Gone();
        }
    }

    public ClientSocket? Find(string id) => _sockets.GetValueOrDefault(id);

    public void CarryOut(ObjectAddress address, IReadOnlyList<SocketEffect> effects)
    {
        foreach (SocketEffect effect in effects)
        {
            switch (effect)
            {
                case SocketSend send:
                    OutgoingMessage message = Message(send.Target, send.Arguments);
                    foreach (string id in send.SocketIds)
                    {
                        Find(id)?.Send(message);
                    }
                    break;
                case SocketClose close:
                    Find(close.SocketId)?.Close(close.Closing.Reason, mayReconnect: false);
                    break;
            }
        }
    }

    /// <summary>A message for any number of clients.</summary>
    public OutgoingMessage Message(string target, IReadOnlyList<ReadOnlyMemory<byte>> arguments) => new(
        new SerializedHubMessage(new InvocationMessage(target, [.. arguments.Select(argument => (object)new RawJson(argument))])),
        EnvelopeBytes + target.Length + arguments.Sum(argument => (long)argument.Length),
        bounds.Waiting);
}
