using System.Collections.Concurrent;
using DurableObjects.Turns;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DurableObjects.Embedded.Sockets;

/// <summary>The open connections, by SignalR's id, which is the socket's id in the model.</summary>
internal sealed class SocketRegistry : ISocketSink
{
    private readonly ConcurrentDictionary<string, ClientSocket> _sockets = new(StringComparer.Ordinal);

    public int Count => _sockets.Count;

    /// <summary>How many of them are to objects of a class.</summary>
    public int CountOf(string className) => _sockets.Count(one => one.Value.Ticket?.Address.ClassName == className);

    public void Add(HubConnectionContext connection) => _sockets[connection.ConnectionId] = new ClientSocket(connection);

    public void Remove(HubConnectionContext connection) => _sockets.TryRemove(connection.ConnectionId, out _);

    public ClientSocket? Find(string id) => _sockets.GetValueOrDefault(id);

    public void CarryOut(ObjectAddress address, IReadOnlyList<SocketEffect> effects)
    {
        foreach (SocketEffect effect in effects)
        {
            switch (effect)
            {
                case SocketSend send:
                    SerializedHubMessage message = Message(send.Target, send.Arguments);
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

    /// <summary>A message for any number of clients, serialized once.</summary>
    public static SerializedHubMessage Message(string target, IReadOnlyList<ReadOnlyMemory<byte>> arguments) =>
        new(new InvocationMessage(target, [.. arguments.Select(argument => (object)new RawJson(argument))]));
}
