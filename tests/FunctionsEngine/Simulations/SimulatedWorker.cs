using DurableObjects.Functions;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Workflows;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.FunctionsEngine.Simulations;

/// <summary>A worker process: it has memory and a folder of its own, and shares nothing but the storage with the others.</summary>
public sealed class SimulatedWorker : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly CacheFolder _folder;
    private readonly string _root;
    private readonly DurableTaskClient _client;
    private readonly SimulatedHost _objects;

    internal SimulatedWorker(
        int number, ObjectClasses classes, WorkflowClasses workflows, Action<IServiceCollection>? services, TimeProvider clock,
        IBlobContainer storage, AzureHostOptions options, DurableTaskClient client, SimulatedHost objects, ILoggerFactory? loggers = null)
    {
        Number = number;
        (_client, _objects) = (client, objects);
        loggers ??= NullLoggerFactory.Instance;
        _root = Directory.CreateTempSubdirectory("durable-objects-worker-").FullName;
        ServiceCollection collection = new();
        collection.AddSingleton(classes).AddSingleton(clock).AddSingleton(loggers)
            .AddSingleton(new WorkflowOptions { StartActivity = start => start() }).AddWorkflows(workflows).AddSingleton<WorkflowClients>();
        services?.Invoke(collection);
        _services = collection.BuildServiceProvider(validateScopes: true);
        ObjectRuntimeOptions runtimeOptions = new()
        {
            TurnDeadline = options.TurnDeadline,
            MaxDatabaseBytes = options.MaxDatabaseBytes,
            MaxTurnBytes = options.MaxTurnBytes,
            MaxWholeBytes = options.MaxDatabaseBytes,
        };
        Runtime = new ObjectRuntime(classes, _services, clock, loggers, runtimeOptions);
        _folder = new CacheFolder(_root, loggers.CreateLogger<CacheFolder>());
        Awake = new AwakeObjects(_folder, options, clock, loggers.CreateLogger<AwakeObjects>());
        Host = new ObjectEntityHost(
            Runtime, Awake, new BlobArchive(storage), new PayloadStore(storage), new AutoResponseBlobs(storage), new BlobCatalogue(storage),
            options, loggers.CreateLogger<ObjectEntityHost>());
    }

    /// <summary>Tells workers apart.</summary>
    public int Number { get; }

    /// <summary>The model.</summary>
    public ObjectRuntime Runtime { get; }

    /// <summary>What its batches share.</summary>
    public ObjectEntityHost Host { get; }

    /// <summary>Makes attempts of workflows' activities.</summary>
    public ActivityRunner Activities => _services.GetRequiredService<ActivityRunner>();

    /// <summary>The workflows, as its triggers see them.</summary>
    public IWorkflowHost WorkflowHost => _services.GetRequiredService<WorkflowClients>().HostOf(_client);

    /// <summary>Does the sweep's part of workflows.</summary>
    public async Task SweepWorkflowsAsync(DateTimeOffset endedBefore)
    {
        await SweepFunction.PurgeAsync(_client, WorkflowInstance.Prefix, endedBefore, CancellationToken.None);
        await Workflows.AnnounceAsync(_objects, endedBefore, CancellationToken.None);
    }

    /// <summary>The way to workflows.</summary>
    internal WorkflowClient Workflows => _services.GetRequiredService<WorkflowClients>().Of(_client);

    /// <summary>The orchestration of workflows.</summary>
    public WorkflowOrchestration Orchestration =>
        new(_services.GetRequiredService<WorkflowRun>(), NullLogger<WorkflowOrchestration>.Instance);

    /// <summary>The objects in its memory.</summary>
    public AwakeObjects Awake { get; }

    /// <summary>Where its databases are.</summary>
    public string Folder => _folder.Path;

    /// <summary>Whether it was killed: none of its requests gets through any more.</summary>
    public bool IsDead { get; internal set; }

    /// <summary>The entity of objects for one batch.</summary>
    public ITaskEntity CreateObject() => new ObjectEntity(Host, Workflows);

    /// <summary>Removes what the process had.</summary>
    public void Dispose()
    {
        Awake.Dispose();
        _folder.Dispose();
        _services.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
