using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DurableObjects.Entities;

/// <summary>Adds what <see cref="AgentOrchestrator"/> needs beside its classes.</summary>
public static class AgentServices
{
    /// <summary>
    /// Adds the agents that are configured, which are checked when the host starts, and the client that asks them. An
    /// <see cref="IConfiguration"/> and the workflows are to be among the services.
    /// </summary>
    public static IServiceCollection AddAgents(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => Agents.From(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<WorkflowClasses>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck<Agents>>());
        services.AddOutgoingHttp(HttpAgent.ClientName);
        return services;
    }
}
