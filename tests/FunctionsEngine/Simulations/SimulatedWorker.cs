using DurableObjects.Functions;
using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Functions.Objects;
using DurableObjects.Turns;
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

    internal SimulatedWorker(
        int number, ObjectClasses classes, Action<IServiceCollection>? services, TimeProvider clock, IBlobContainer storage,
        AzureHostOptions options, ILoggerFactory? loggers = null)
    {
        Number = number;
        _root = Directory.CreateTempSubdirectory("durable-objects-worker-").FullName;
        ServiceCollection collection = new();
        services?.Invoke(collection);
        _services = collection.BuildServiceProvider(validateScopes: true);
        loggers ??= NullLoggerFactory.Instance;
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

    /// <summary>The objects in its memory.</summary>
    public AwakeObjects Awake { get; }

    /// <summary>Where its databases are.</summary>
    public string Folder => _folder.Path;

    /// <summary>Whether it was killed: none of its requests gets through any more.</summary>
    public bool IsDead { get; internal set; }

    /// <summary>The entity of objects for one batch.</summary>
    public ITaskEntity CreateObject() => new ObjectEntity(Host);

    /// <summary>Removes what the process had.</summary>
    public void Dispose()
    {
        Awake.Dispose();
        _folder.Dispose();
        _services.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
