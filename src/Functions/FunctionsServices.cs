using System.Diagnostics.Metrics;
using System.Reflection;
using DurableObjects.Archive;
using DurableObjects.Cards;
using DurableObjects.Diagnostics;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Calls;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Http;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Telemetry;
using DurableObjects.Functions.Workflows;
using DurableObjects.Hosting;
using DurableObjects.Http;
using DurableObjects.Turns;
using DurableObjects.Webhooks;
using DurableObjects.Workflows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions;

/// <summary>Adds the Azure host to an app's services.</summary>
public static class FunctionsServices
{
    /// <summary>
    /// Serves the object classes of the assemblies. An <see cref="IBlobContainer"/> or a <see cref="TimeProvider"/> that is among the
    /// services already is used instead of the configured one. Call <see cref="PrepareAsync"/> before the first invocation.
    /// </summary>
    /// <exception cref="ArgumentException">A class cannot be used; the text says why.</exception>
    /// <exception cref="InvalidOperationException">A setting cannot be used; the text names it.</exception>
    public static IServiceCollection AddDurableObjects(
        this IServiceCollection services, IConfiguration configuration, params Assembly[] assemblies)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        Assembly[] all = [typeof(DurableObject).Assembly, typeof(WebhookSources).Assembly, .. assemblies];
        // The runtime's own classes are not served: here a workflow is no object.
        ObjectClasses classes = new(ObjectClasses.InAssemblies(all).All
            .Where(one => !one.IsRuntime).Select(one => one.Type));
        AzureHostOptions options = configuration.GetSection(AzureHostOptions.Section).Get<AzureHostOptions>() ?? new AzureHostOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => BlobContainerFactory.Create(configuration));
        services.AddSingleton(classes);
        services.AddSingleton(options);
        AddObjects(services, options, configuration[Settings.CacheFolder]);
        AddBlobs(services);
        AddHttp(services, options, configuration);
        services.AddSockets(configuration);
        services.AddWorkflows(WorkflowClasses.InAssemblies(all));
        services.AddSingleton<WorkflowClients>();
        services.AddWebhooks(assemblies);
        services.AddSingleton<IHostedService>(new TelemetryExport(configuration));
        return services;
    }

    /// <summary>Reads what every invocation needs: settings, whose mistakes show now, and what only a request can bring.</summary>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellation)
    {
        services.GetRequiredService<WebhookSources>();
        await services.GetRequiredService<TicketKeyBlob>().GetAsync(cancellation);
    }

    private static void AddObjects(IServiceCollection services, AzureHostOptions options, string? cacheFolder)
    {
        services.AddSingleton(provider => new ObjectDiagnostics(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new ObjectRuntime(
            provider.GetRequiredService<ObjectClasses>(), provider, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            new ObjectRuntimeOptions
            {
                TurnDeadline = options.TurnDeadline,
                MaxDatabaseBytes = options.MaxDatabaseBytes,
                MaxTurnBytes = options.MaxTurnBytes,
                // The archive has no snapshots here: a commit now and then is whole instead, however large the database is.
                MaxWholeBytes = options.MaxDatabaseBytes,
            },
            provider.GetRequiredService<ObjectDiagnostics>()));
        services.AddSingleton(provider => new DesignCards(provider.GetRequiredService<ObjectRuntime>(), options.Retention));
        services.AddSingleton(provider => new CacheFolder(cacheFolder, provider.GetRequiredService<ILogger<CacheFolder>>()));
        services.AddSingleton<AwakeObjects>();
        services.AddSingleton<ObjectEntityHost>();
        services.AddSingleton<Readers>();
        services.AddSingleton<AnswerPace>();
        services.AddSingleton<AnswerLooks>();
        services.AddSingleton<CallServices>();
    }

    private static void AddBlobs(IServiceCollection services)
    {
        services.AddSingleton<BlobArchive>();
        services.AddSingleton<IArchiveStore>(provider => provider.GetRequiredService<BlobArchive>());
        services.AddSingleton<PayloadStore>();
        services.AddSingleton<AutoResponseBlobs>();
        services.AddSingleton<BlobCatalogue>();
        services.AddSingleton<TicketKeyBlob>();
        services.AddSingleton<RelayPayloads>(provider =>
        {
            PayloadStore payloads = provider.GetRequiredService<PayloadStore>();
            return async (reference, cancellation) => await payloads.ReadAsync(reference, cancellation);
        });
    }

    private static void AddHttp(IServiceCollection services, AzureHostOptions options, IConfiguration configuration)
    {
        bool isPrincipalOn = "true".Equals(configuration[Settings.PlatformAuthentication], StringComparison.OrdinalIgnoreCase);
        string? defaultRole = configuration[Settings.DefaultRole] is { Length: > 0 } role ? role : null;
        if (defaultRole is not (null or AccessPolicy.Viewer or AccessPolicy.Contributor or Caller.Administrator))
        {
            throw new InvalidOperationException(
                $"{Settings.DefaultRole} is '{defaultRole}'; it can be {AccessPolicy.Viewer}, {AccessPolicy.Contributor} or {Caller.Administrator}.");
        }
        services.TryAddSingleton<ICallerResolver>(_ =>
            PlatformAccess.IsByPrincipal ? new PrincipalCallers(isPrincipalOn, defaultRole) : new KeyHolders());
        services.AddSingleton(new ByteBudget(options.MaxRequestBytes, options.MaxRequestBytes / 8));
        services.AddSingleton(provider => new SocketTickets(
            KeyOf(provider.GetRequiredService<TicketKeyBlob>()), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new Platform(IsAppService: !string.IsNullOrEmpty(configuration[Settings.SiteInstance])));
        services.AddSingleton<IHealthProbe, StorageProbe>();
        services.AddSingleton<IFigureSource, WorkerFigures>();
        services.AddSingleton<FunctionEndpoints>();
    }

    private static ReadOnlySpan<byte> KeyOf(TicketKeyBlob blob)
    {
        ValueTask<ReadOnlyMemory<byte>> key = blob.GetAsync(CancellationToken.None);
        return key.IsCompletedSuccessfully
            ? key.GetAwaiter().GetResult().Span
            : throw new InvalidOperationException($"Call {nameof(PrepareAsync)} before the first invocation.");
    }
}
