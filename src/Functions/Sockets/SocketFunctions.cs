using DurableObjects.Functions.Calls;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// The triggers for what SignalR Service reports. None names parameters: with them the extension counts the arguments itself and fails in
/// words of its own, and converts them to the types that it finds; the context alone has them as they came.
/// </summary>
/// <param name="calls">The way to the objects.</param>
/// <param name="events">Makes turns of it.</param>
public sealed class SocketFunctions(CallServices calls, Func<IObjectDelivery, SocketEvents> events)
{
    private const string Connections = "connections";
    private const string Messages = "messages";

    /// <summary>A client has connected.</summary>
    [Function("socket-connected")]
    public Task ConnectedAsync(
        [SignalRTrigger(SocketHub.Name, Connections, "connected", ConnectionStringSetting = Settings.SignalR)]
        SignalRInvocationContext context,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => events(calls.HostOf(client)).ConnectedAsync(context, cancellation);

    /// <summary>A connection is gone.</summary>
    [Function("socket-disconnected")]
    public Task DisconnectedAsync(
        [SignalRTrigger(SocketHub.Name, Connections, "disconnected", ConnectionStringSetting = Settings.SignalR)]
        SignalRInvocationContext context,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => events(calls.HostOf(client)).DisconnectedAsync(context, cancellation);

    /// <summary>A client has sent a message.</summary>
    [Function("socket-message")]
    public Task MessageAsync(
        [SignalRTrigger(SocketHub.Name, Messages, SocketHub.Message, ConnectionStringSetting = Settings.SignalR)]
        SignalRInvocationContext context,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => events(calls.HostOf(client)).MessageAsync(context, cancellation);
}
