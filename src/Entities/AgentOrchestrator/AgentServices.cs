using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DurableObjects.Entities;

/// <summary>Adds what <see cref="AgentOrchestrator"/> needs beside its classes.</summary>
public static class AgentServices
{
    /// <summary>How long a connection to an agent is kept, so that a change of its address is noticed. Ours: two minutes.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Adds the agents that are configured, which are checked when the host starts, and the client that asks them. An
    /// <see cref="IConfiguration"/> and the workflows are to be among the services.
    /// </summary>
    public static IServiceCollection AddAgents(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => Agents.From(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<WorkflowClasses>()));
        services.AddSingleton<IHostedService, Check>();
        services.AddHttpClient(HttpAgent.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                // Only the operator says where requests go, and with what keys.
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = ConnectionLifetime,
            })
            .RemoveAllLoggers();
        return services;
    }

    /// <summary>Wants the agents when the host starts, so that a mistake in their settings ends it.</summary>
    private sealed class Check(Agents agents) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.FromResult(agents);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
