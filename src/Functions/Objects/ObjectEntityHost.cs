using DurableObjects.Functions.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Databases;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Objects;

/// <summary>What the batches of all objects share in one worker.</summary>
/// <param name="runtime">The model.</param>
/// <param name="awake">Objects in memory.</param>
/// <param name="archive">Their commits, once they are too many for the entity's state.</param>
/// <param name="payloads">What is too large for a message or a state.</param>
/// <param name="automatic">Long automatic answers.</param>
/// <param name="catalogue">Which objects there are.</param>
/// <param name="options">The retention.</param>
/// <param name="logger">For what goes wrong.</param>
public sealed class ObjectEntityHost(
    ObjectRuntime runtime, AwakeObjects awake, BlobArchive archive, PayloadStore payloads, AutoResponseBlobs automatic,
    BlobCatalogue catalogue, AzureHostOptions options, ILogger<ObjectEntityHost> logger)
{
    /// <summary>The model.</summary>
    public ObjectRuntime Runtime { get; } = runtime;

    /// <summary>Objects in memory.</summary>
    public AwakeObjects Awake { get; } = awake;

    /// <summary>Their commits, once they are too many for the entity's state.</summary>
    public BlobArchive Archive { get; } = archive;

    /// <summary>What is too large for a message or a state.</summary>
    public PayloadStore Payloads { get; } = payloads;

    /// <summary>Long automatic answers.</summary>
    public AutoResponseBlobs Automatic { get; } = automatic;

    /// <summary>Which objects there are.</summary>
    public BlobCatalogue Catalogue { get; } = catalogue;

    /// <summary>How far back objects can be returned.</summary>
    public TimeSpan Retention => options.Retention;

    internal ILogger Logger { get; } = logger;
}
