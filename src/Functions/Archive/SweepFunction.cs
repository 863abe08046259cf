using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Calls;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Archive;

/// <summary>
/// Once a day drops what is past the retention: pieces, payloads, the histories of objects that ended, of workflows, and of alarms that
/// fired.
/// </summary>
/// <param name="archive">Has the pieces.</param>
/// <param name="payloads">Has the payloads.</param>
/// <param name="calls">The way to the objects.</param>
/// <param name="workflows">The way to workflows.</param>
/// <param name="options">The retention.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="loggers">For what is dropped, and what cannot be judged.</param>
public sealed partial class SweepFunction(
    BlobArchive archive, PayloadStore payloads, CallServices calls, WorkflowClients workflows, AzureHostOptions options, TimeProvider clock,
    ILoggerFactory loggers)
{
    /// <summary>At a time when few are awake in Europe and America; with the minute that no other job has.</summary>
    private const string Daily = "0 37 4 * * *";

    /// <summary>How long the history of an alarm's orchestration is kept after it ended, for whoever looks into what happened.</summary>
    private static readonly TimeSpan AlarmsKeptFor = TimeSpan.FromDays(7);

    /// <summary>How long a relay is kept that sends nothing: longer than what it has sent could come to it once more.</summary>
    private static readonly TimeSpan RelaysKeptFor = TimeSpan.FromDays(2);

    /// <summary>Orchestrations that are removed at once: each is a handful of requests.</summary>
    private const int PurgesAtOnce = 16;

    /// <summary>How long a sweep goes on: less than host.json lets a function run, past which the worker would be ended with all that it does.</summary>
    private static readonly TimeSpan LongestSweep = TimeSpan.FromMinutes(8);

    /// <summary>Runs a sweep: the quick parts first, so that one that is cut short has done them.</summary>
    [Function("sweep")]
    public async Task SweepAsync(
        [TimerTrigger(Daily)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(client);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using ITimer end = clock.CreateTimer(_ => ending.Cancel(), null, LongestSweep, Timeout.InfiniteTimeSpan);
        DateTimeOffset now = clock.GetUtcNow();
        try
        {
            await PurgeAsync(client, AlarmOrchestration.Prefix, now - AlarmsKeptFor, ending.Token);
            await PurgeAsync(client, WorkflowInstance.Prefix, now - options.Retention, ending.Token);
            await workflows.Of(client).AnnounceAsync(calls.HostOf(client), now - options.Retention, ending.Token);
            // The rows of entities without a state, which the platform keeps otherwise.
            await client.Entities.CleanEntityStorageAsync(cancellation: ending.Token);
            await ExpireAsync(client, now, ending.Token);
            await ExpireRelaysAsync(client, now, ending.Token);
            ArchiveSweep sweep = new(
                archive, payloads, new EntityStates(client), options.Retention, clock, loggers.CreateLogger<ArchiveSweep>());
            await sweep.SweepAsync(ending.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            LogCutShort(loggers.CreateLogger<SweepFunction>(), LongestSweep.TotalMinutes);
        }
    }

    /// <summary>Removes orchestrations that ended before a time.</summary>
    internal static async Task PurgeAsync(
        DurableTaskClient client, string prefix, DateTimeOffset endedBefore, CancellationToken cancellation)
    {
        // The platform's own purge of many knows no prefix, and goes by when they began.
        OrchestrationQuery query = new(
            DateTimeOffset.UnixEpoch, endedBefore,
            [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
            InstanceIdPrefix: prefix);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = PurgesAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(client.GetAllInstancesAsync(query), parallel, async (found, token) =>
        {
            if (found.LastUpdatedAt <= endedBefore)
            {
                await client.PurgeInstanceAsync(found.InstanceId, token);
            }
        });
    }

    /// <summary>Tells objects that have ended before the retention, which then remove their histories, or themselves.</summary>
    private async Task ExpireAsync(DurableTaskClient client, DateTimeOffset now, CancellationToken cancellation)
    {
        EntityQuery idle = new()
        {
            InstanceIdStartsWith = $"@{ObjectKeys.Entity}@",
            IncludeState = true,
            LastModifiedTo = now - Limits.CallMemory,
        };
        await foreach (EntityMetadata found in client.Entities.GetAllEntitiesAsync(idle).WithCancellation(cancellation))
        {
            try
            {
                // The object decides, by the state that it has when it hears of it.
                if (found.IncludesState && found.State.ReadAs<ObjectState>() is { } state && state.Checked().Summary is { Exists: false } over
                    && (over.Head.Commit == 0 || over.CommittedAt <= now - options.Retention))
                {
                    await client.Entities.SignalEntityAsync(found.Id, ObjectOperations.Expire, null, null, cancellation);
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One that cannot be read must not keep the others for ever.
                LogNotJudged(loggers.CreateLogger<SweepFunction>(), error, found.Id.Key);
            }
        }
    }

    private static async Task ExpireRelaysAsync(DurableTaskClient client, DateTimeOffset now, CancellationToken cancellation)
    {
        EntityQuery idle = new()
        {
            InstanceIdStartsWith = $"@{RelayEntity.Name}@",
            IncludeState = false,
            LastModifiedTo = now - RelaysKeptFor,
        };
        await foreach (EntityMetadata found in client.Entities.GetAllEntitiesAsync(idle).WithCancellation(cancellation))
        {
            await client.Entities.SignalEntityAsync(found.Id, RelayEntity.Expire, null, null, cancellation);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The sweep has taken {Minutes} minutes; the rest is left to the next.")]
    private static partial void LogCutShort(ILogger logger, double minutes);

    [LoggerMessage(2, LogLevel.Error, "Whether {Entity} is to be kept could not be found out.")]
    private static partial void LogNotJudged(ILogger logger, Exception error, string entity);
}
