using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.SignalR.Management;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker.SignalRService;

public abstract class ServerlessHub
{
    public const string DefaultConnectionStringName = "AzureSignalRConnectionString";

    private readonly ServiceHubContext? _hub;

    [ActivatorUtilitiesConstructor]
    protected ServerlessHub(IServiceProvider serviceProvider)
    {
    }

    protected ServerlessHub(ServiceHubContext serviceHubContext)
    {
        _hub = serviceHubContext;
    }

    internal ServerlessHub()
    {
    }

    protected virtual IHubClients Clients => Hub.Clients;

    protected virtual GroupManager Groups => Hub.Groups;

    protected virtual UserGroupManager UserGroups => Hub.UserGroups;

    protected virtual ClientManager ClientManager => Hub.ClientManager;

    private ServiceHubContext Hub => _hub ?? throw ReferenceOnly.Body();

    protected virtual Task<BinaryData> NegotiateAsync(NegotiationOptions? options = null) => throw ReferenceOnly.Body();

    [AttributeUsage(AttributeTargets.Class)]
    protected internal class SignalRConnectionAttribute : Attribute
    {
        public SignalRConnectionAttribute(string connectionName = DefaultConnectionStringName)
        {
            ConnectionName = connectionName;
        }

        public string ConnectionName { get; }
    }
}
