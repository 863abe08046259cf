using System.Diagnostics.Metrics;
using System.Reflection;
using DurableObjects.Cards;
using DurableObjects.Diagnostics;
using DurableObjects.Embedded.Diagnostics;
using DurableObjects.Embedded.Sockets;
using DurableObjects.Hosting;
using DurableObjects.Http;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DurableObjects.Embedded;

/// <summary>Adds the embedded host to an application's services.</summary>
public static class DurableObjectsServices
{
    /// <summary>
    /// Serves the object classes, workflows, activities and handlers of webhooks of the assemblies in this process, with settings from the
    /// sections <c>DurableObjects</c> and <see cref="WebhookSources.Section"/> of the configuration. Map its routes with
    /// <see cref="DurableObjectsEndpoints.MapDurableObjects"/>; call objects from code with
    /// <see cref="ObjectStubs"/>.
    /// </summary>
    /// <param name="services">The application's services, which are also where objects get their dependencies.</param>
    /// <param name="assemblies">
    /// Where the classes are that have a <see cref="DurableObjectAttribute"/>, <see cref="WorkflowAttribute"/>,
    /// <see cref="ActivityAttribute"/> or <see cref="Webhooks.Deliveries.WebhookHandlerAttribute"/>.
    /// </param>
    /// <exception cref="ArgumentException">A class cannot be used; the text says why.</exception>
    public static IServiceCollection AddDurableObjects(this IServiceCollection services, params Assembly[] assemblies)
    {
        ArgumentNullException.ThrowIfNull(services);
        // Before anything starts, so that a class that cannot be used is found at once.
        Assembly[] all = [.. assemblies, typeof(DurableObject).Assembly, typeof(WebhookSources).Assembly];
        ObjectClasses classes = ObjectClasses.InAssemblies(all);
        services.AddSingleton(provider => new WorkflowOptions { Retention = Options(provider).Retention });
        services.AddWorkflows(WorkflowClasses.InAssemblies(all));
        services.AddSingleton<IWorkflowHost, WorkflowObjects>();
        services.AddWebhooks(assemblies);
        services.AddOptions<EmbeddedHostOptions>().BindConfiguration(EmbeddedHostOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(classes);
        services.AddSingleton(provider => Options(provider));
        services.AddSingleton(provider => new ObjectDiagnostics(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new ObjectRuntime(
            classes, provider, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(),
            new ObjectRuntimeOptions { TurnDeadline = Options(provider).TurnDeadline },
            provider.GetRequiredService<ObjectDiagnostics>()));
        services.AddSingleton(provider => new DesignCards(provider.GetRequiredService<ObjectRuntime>(), Options(provider).Retention));
        services.AddSingleton(provider => new SendBounds(Options(provider).SocketBytes, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SocketRegistry>();
        services.AddSingleton<ISocketSink>(provider => provider.GetRequiredService<SocketRegistry>());
        services.AddSingleton<EmbeddedHost>();
        services.AddSingleton<IObjectHost>(provider => provider.GetRequiredService<EmbeddedHost>());
        services.AddSingleton<ObjectStubs>();
        // Before the host: services stop in the opposite order, and the host's last turns are to be exported.
        services.AddSingleton<IHostedService, OtlpExport>();
        services.AddSingleton<EmbeddedHostLifetime>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EmbeddedHostLifetime>());
        AddHttp(services);
        return services;
    }

    private static void AddHttp(IServiceCollection services)
    {
        services.AddSingleton<ICallerResolver>(provider => new ApiKeyCallers([.. Options(provider).ApiKeys]));
        services.AddSingleton<ISocketNegotiator>(new HubNegotiator());
        services.AddSingleton(provider => new SocketTickets(
            TicketKey.Of(Options(provider)), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => provider.GetRequiredService<EmbeddedHost>().Waiting);
        services.AddSingleton<ObjectEndpoints>();
        services.AddSingleton<IHealthProbe, JournalProbe>();
        services.AddSingleton<IFigureSource, EmbeddedFigures>();
        services.AddSingleton<IHostedService, ListenAddressCheck>();
        // For this hub alone: the application may have hubs of its own.
        services.AddSignalR().AddHubOptions<ObjectHub>(
            options => options.MaximumReceiveMessageSize = Limits.SocketMessageBytes + EnvelopeBytes);
        services.AddSingleton<HubLifetimeManager<ObjectHub>, SocketLifetimeManager>();
    }

    /// <summary>What SignalR puts around a message.</summary>
    private const int EnvelopeBytes = 1_024;

    private static EmbeddedHostOptions Options(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<EmbeddedHostOptions>>().Value;
}
