using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Calls;
using DurableObjects.Functions.Objects;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Archive;

/// <summary>Once a day drops what is past the retention: pieces, payloads, the histories of objects that ended, and of alarms that fired.</summary>
/// <param name="archive">Has the pieces.</param>
/// <param name="payloads">Has the payloads.</param>
/// <param name="options">The retention.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="loggers">For what is dropped, and what cannot be judged.</param>
public sealed class SweepFunction(
    BlobArchive archive, PayloadStore payloads, AzureHostOptions options, TimeProvider clock, ILoggerFactory loggers)
{
    /// <summary>At a time when few are awake in Europe and America; with the minute that no other job has.</summary>
    private const string Daily = "0 37 4 * * *";

    /// <summary>How long the history of an alarm's orchestration is kept after it ended, for whoever looks into what happened.</summary>
    private static readonly TimeSpan AlarmsKeptFor = TimeSpan.FromDays(7);

    /// <summary>Runs a sweep.</summary>
    [Function("sweep")]
    public async Task SweepAsync(
        [TimerTrigger(Daily)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        DateTimeOffset now = clock.GetUtcNow();
        EntityQuery idle = new()
        {
            InstanceIdStartsWith = $"@{ObjectKeys.Entity}@",
            IncludeState = true,
            LastModifiedTo = now - Limits.CallMemory,
        };
        await foreach (EntityMetadata<ObjectState> found in client.Entities.GetAllEntitiesAsync<ObjectState>(idle).WithCancellation(cancellation))
        {
            // The object decides, by the state that it has when it hears of it.
            if (found.IncludesState && found.State.Summary is { Exists: false } over
                && (over.Head.Commit == 0 || over.CommittedAt <= now - options.Retention))
            {
                await client.Entities.SignalEntityAsync(found.Id, ObjectOperations.Expire, null, null, cancellation);
            }
        }
        ArchiveSweep sweep = new(
            archive, payloads, new EntityStates(client), options.Retention, clock, loggers.CreateLogger<ArchiveSweep>());
        await sweep.SweepAsync(cancellation);
        // A filter without CreatedFrom fails inside the host's extension.
        await client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                DateTimeOffset.UnixEpoch, now - AlarmsKeptFor, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed]),
            cancellation);
    }
}
