using DurableObjects.Archive;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Catalogue;
using DurableObjects.Functions.Objects;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Calls;

/// <summary>What the triggers of one worker share. The way to the entities comes with each invocation.</summary>
/// <param name="classes">The object classes.</param>
/// <param name="readers">Runs read-only calls.</param>
/// <param name="archive">Has what the entities' states do not hold.</param>
/// <param name="payloads">What is too large for a message or a state.</param>
/// <param name="automatic">Long automatic answers.</param>
/// <param name="catalogue">Which objects there are.</param>
/// <param name="pace">When callers look for answers.</param>
/// <param name="looks">Has the callers of one object look together.</param>
/// <param name="options">The deadline.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="logger">For what goes wrong.</param>
public sealed class CallServices(
    ObjectClasses classes, Readers readers, IArchiveStore archive, PayloadStore payloads, AutoResponseBlobs automatic,
    BlobCatalogue catalogue, AnswerPace pace, AnswerLooks looks, AzureHostOptions options, TimeProvider clock, ILogger<AzureObjectHost> logger)
{
    /// <summary>The host as an invocation with a client sees it.</summary>
    public AzureObjectHost HostOf(DurableTaskClient client) => new(this, client);

    internal ObjectClasses Classes { get; } = classes;

    internal Readers Readers { get; } = readers;

    internal IArchiveStore Archive { get; } = archive;

    internal PayloadStore Payloads { get; } = payloads;

    internal AutoResponseBlobs Automatic { get; } = automatic;

    internal BlobCatalogue Catalogue { get; } = catalogue;

    internal AnswerPace Pace { get; } = pace;

    internal AnswerLooks Looks { get; } = looks;

    internal AzureHostOptions Options { get; } = options;

    internal TimeProvider Clock { get; } = clock;

    internal ILogger Logger { get; } = logger;
}
