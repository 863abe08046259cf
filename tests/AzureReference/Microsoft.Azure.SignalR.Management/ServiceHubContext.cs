using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;

namespace Microsoft.Azure.SignalR.Management;

public abstract class ServiceHubContext : IServiceHubContext, IDisposable
{
    public virtual UserGroupManager UserGroups => null;

    IUserGroupManager IServiceHubContext.UserGroups => UserGroups;

    public virtual IHubClients Clients => null;

    public virtual GroupManager Groups => null;

    IGroupManager IHubContext<Hub>.Groups => Groups;

    public virtual ClientManager ClientManager => null;

    public virtual ValueTask<NegotiationResponse> NegotiateAsync(
        NegotiationOptions negotiationOptions = null, CancellationToken cancellationToken = default) =>
        throw ReferenceOnly.Body();

    public virtual Task DisposeAsync() => Task.CompletedTask;

#pragma warning disable CA1816 // There is no finalizer to suppress, here or in the real assembly.
    public virtual void Dispose() => throw ReferenceOnly.Body();
#pragma warning restore CA1816
}
