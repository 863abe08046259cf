using System.Reflection;
using DurableObjects.Webhooks.Deliveries;
using DurableObjects.Webhooks.Queue;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DurableObjects.Webhooks;

/// <summary>Adds what every host needs to take webhooks.</summary>
public static class WebhookServices
{
    /// <summary>How long a connection to a target is kept, so that a change of its address is noticed. Ours: two minutes.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    /// <summary>The object class, the workflow and the activity to be served.</summary>
    public static IReadOnlyList<Type> Classes { get; } = [typeof(WebhookQueue), typeof(WebhookWorkflow), typeof(WebhookAttemptActivity)];

    /// <summary>
    /// Adds the sources that are configured, the handlers of the assemblies and the client that forwards. An <see cref="IConfiguration"/>
    /// and a <see cref="TimeProvider"/> are to be among the services.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="assemblies">Where the classes are that have a <see cref="WebhookHandlerAttribute"/>.</param>
    /// <exception cref="ArgumentException">A handler cannot be used; the text says why.</exception>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, params IEnumerable<Assembly> assemblies)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(WebhookHandlers.InAssemblies(assemblies));
        services.TryAddSingleton(provider => WebhookSources.From(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<WebhookForwarder>();
        services.AddSingleton<WebhookRefusals>();
        services.AddHttpClient(WebhookForwarder.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = ConnectionLifetime,
            })
            // They would write down every target; what matters of a request stands in the audit trail.
            .RemoveAllLoggers();
        return services;
    }
}
