using Microsoft.AspNetCore.SignalR;

namespace Microsoft.Azure.SignalR.Management;

public interface IServiceHubContext : IHubContext<Hub>
{
    IUserGroupManager UserGroups { get; }

    Task DisposeAsync();
}
