using Microsoft.AspNetCore.SignalR;

namespace DurableObjects.Embedded.Sockets;

/// <summary>Tells the registry of SignalR's connections, which a hub itself never gets to see.</summary>
internal sealed class SocketLifetimeManager(SocketRegistry registry, ILogger<DefaultHubLifetimeManager<ObjectHub>> logger)
    : DefaultHubLifetimeManager<ObjectHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        registry.Add(connection);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        registry.Remove(connection);
        return base.OnDisconnectedAsync(connection);
    }
}
