using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Entities;

/// <summary>Adds what the ready-made objects need beside the model.</summary>
public static class EntitiesServices
{
    /// <summary>
    /// Adds the agents of <see cref="AgentOrchestrator"/> and the sources of <see cref="Cache"/> that an <see cref="IConfiguration"/> among
    /// the services tells of. Their settings are checked when the host starts.
    /// </summary>
    public static IServiceCollection AddEntities(this IServiceCollection services) => services.AddAgents().AddCacheSources();
}
