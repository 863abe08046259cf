using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;

namespace Microsoft.Azure.SignalR.Management;

public abstract class ServiceHubContext<T> : IHubContext<Hub<T>, T>, IDisposable, IAsyncDisposable
    where T : class
{
    public abstract IHubClients<T> Clients { get; }

    public abstract GroupManager Groups { get; }

    public abstract UserGroupManager UserGroups { get; }

    public abstract ClientManager ClientManager { get; }

    IGroupManager IHubContext<Hub<T>, T>.Groups => Groups;

    public abstract ValueTask<NegotiationResponse> NegotiateAsync(
        NegotiationOptions negotiationOptions = null, CancellationToken cancellationToken = default);

    public abstract ValueTask DisposeAsync();

    public abstract void Dispose();
}
