using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.SignalR.Management;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.SignalRService;

public abstract class ServerlessHub<T> : ServerlessHub
    where T : class
{
    private readonly ServiceHubContext<T>? _hub;

    [ActivatorUtilitiesConstructor]
    protected ServerlessHub(IServiceProvider serviceProvider)
        : base(serviceProvider)
    {
    }

    protected ServerlessHub(ServiceHubContext<T> serviceHubContext)
    {
        _hub = serviceHubContext;
    }

    protected new virtual IHubClients<T> Clients => Hub.Clients;

    protected override GroupManager Groups => Hub.Groups;

    protected override UserGroupManager UserGroups => Hub.UserGroups;

    protected override ClientManager ClientManager => Hub.ClientManager;

    private ServiceHubContext<T> Hub => _hub ?? throw ReferenceOnly.Body();

    protected override Task<BinaryData> NegotiateAsync(NegotiationOptions? options = null) => throw ReferenceOnly.Body();
}
