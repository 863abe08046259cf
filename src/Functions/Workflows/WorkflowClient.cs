using System.Text.Json;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>What is done with workflows from outside of them, over the platform's client.</summary>
/// <param name="client">The platform's client.</param>
/// <param name="run">Runs their code, to tell the steps from a history.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="logger">For what goes wrong.</param>
internal sealed class WorkflowClient(DurableTaskClient client, WorkflowRun run, TimeProvider clock, ILogger logger)
{
    /// <summary>An id is used once, however its workflow has ended.</summary>
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    /// <summary>Starts a workflow; whether it did: not, if there is one of that id, or was.</summary>
    public async Task<bool> StartAsync(string id, WorkflowStart start, CancellationToken cancellation)
    {
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                WorkflowOrchestration.Name, start,
                new StartOrchestrationOptions(WorkflowInstance.Of(id)).WithDedupeStatuses(Ended), cancellation);
            return true;
        }
        catch (OrchestrationAlreadyExistsException)
        {
            return false;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.AlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Starts a child; whether there is now one that this operation of its parent has started.</summary>
    public async Task<bool> StartChildAsync(string id, WorkflowStart start, CancellationToken cancellation) =>
        await StartAsync(id, start, cancellation)
        || (await MetadataAsync(id, cancellation) is { } found
            && WorkflowStatuses.Read<WorkflowStart>(found.SerializedInput)?.Parent == start.Parent);

    /// <summary>Sends an event to a workflow.</summary>
    public async Task<Receipt> SendAsync(string id, WorkflowEvent one, CancellationToken cancellation)
    {
        try
        {
            // What overtakes the message that an orchestration begins with is lost.
            OrchestrationMetadata? found = await client.GetInstanceAsync(WorkflowInstance.Of(id), getInputsAndOutputs: true, cancellation);
            if (found is { RuntimeStatus: OrchestrationRuntimeStatus.Pending })
            {
                return Receipt.Early;
            }
            if (WorkflowStatuses.Read<WorkflowShown>(found?.SerializedCustomStatus) is { State: WorkflowState.Terminated })
            {
                // It is seen to have ended, and only waits for what it has begun.
                return Receipt.Ended;
            }
            await client.RaiseEventAsync(WorkflowInstance.Of(id), WorkflowEvent.Name, one, cancellation);
            return Receipt.Sent;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return Receipt.Unknown;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.FailedPrecondition)
        {
            return Receipt.Ended;
        }
    }

    /// <summary>Where a workflow stands; null if there is none.</summary>
    public async Task<WorkflowStatus?> FindAsync(string id, bool withSteps, CancellationToken cancellation)
    {
        if (await MetadataAsync(id, cancellation) is not { } found)
        {
            return null;
        }
        WorkflowStatus status = WorkflowStatuses.Of(found);
        bool hasFailed = found.RuntimeStatus == OrchestrationRuntimeStatus.Failed;
        if (!withSteps && !hasFailed)
        {
            return status;
        }
        (IReadOnlyList<WorkflowStep>? steps, string? change) = await TellAsync(id, cancellation);
        return status with
        {
            Steps = withSteps ? steps : null,
            Error = hasFailed && change is not null && status.Error is { } error
                ? error with { Message = WorkflowExecution.Changed(status.Name, change) }
                : status.Error,
        };
    }

    /// <summary>
    /// Tells those who wait of workflows whose orchestrations have ended without running the code that would have: the platform found it
    /// changed, or somebody has terminated them with the platform's own means. What has been told before changes nothing.
    /// </summary>
    /// <param name="delivery">The way to objects.</param>
    /// <param name="since">Of those that began since then.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task AnnounceAsync(ISignalDelivery delivery, DateTimeOffset since, CancellationToken cancellation)
    {
        OrchestrationQuery query = new(
            since, null, [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated],
            InstanceIdPrefix: WorkflowInstance.Prefix, FetchInputsAndOutputs: true);
        await foreach (OrchestrationMetadata found in client.GetAllInstancesAsync(query).WithCancellation(cancellation))
        {
            string id = WorkflowInstance.IdOf(found.InstanceId);
            if (WorkflowStatuses.Read<WorkflowStart>(found.SerializedInput) is { } start
                && await FindAsync(id, withSteps: false, cancellation) is { } status)
            {
                await AnnounceAsync(start, status, found.LastUpdatedAt, delivery, cancellation);
            }
        }
    }

    /// <summary>Workflows, a page at a time.</summary>
    public async Task<WorkflowPage> ListAsync(WorkflowFilter filter, string? cursor, int limit, CancellationToken cancellation)
    {
        List<WorkflowStatus> found = [];
        // Names and some states stand in what the orchestrations were given and gave, so the platform cannot look for them.
        OrchestrationQuery query = new(
            InstanceIdPrefix: WorkflowInstance.Prefix, Statuses: StatusesOf(filter.State), FetchInputsAndOutputs: true);
        string? token = cursor;
        do
        {
            Page<OrchestrationMetadata>? page = null;
            int size = limit - found.Count;
            await foreach (Page<OrchestrationMetadata> first in client.GetAllInstancesAsync(query with { PageSize = size })
                .AsPages(token, size).WithCancellation(cancellation))
            {
                page = first;
                break;
            }
            found.AddRange((page?.Values ?? []).Select(one => WorkflowStatuses.Of(one) with { Input = null, Output = null }).Where(one =>
                (filter.Name is null || filter.Name == one.Name) && (filter.State is null || filter.State == one.State)));
            token = page?.ContinuationToken;
        }
        while (token is not null && found.Count < limit);
        return new WorkflowPage(found, token);
    }

    /// <summary>Waits a little: 20 ms, and twice as long each time.</summary>
    public Task DelayAsync(int times, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromMilliseconds(20 * (1 << Math.Min(times, 6))), clock, cancellation);

    /// <summary>The name of a new event, where it is in no stream.</summary>
    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString("n");

    /// <summary>A start out of what asks for it.</summary>
    public WorkflowStart StartOf(WorkflowCommand command) => WorkflowStart.Of(command, clock.GetUtcNow());

    private static OrchestrationRuntimeStatus[]? StatusesOf(WorkflowState? state) => state switch
    {
        null => null,
        WorkflowState.Pending => [OrchestrationRuntimeStatus.Pending],
        WorkflowState.Running => [OrchestrationRuntimeStatus.Running],
        WorkflowState.Suspended => [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended],
        WorkflowState.Terminated =>
            [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated],
        _ => [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed],
    };

    private async Task<OrchestrationMetadata?> MetadataAsync(string id, CancellationToken cancellation) =>
        await client.GetInstancesAsync(WorkflowInstance.Of(id), getInputsAndOutputs: true, cancellation);

    private async Task AnnounceAsync(
        WorkflowStart start, WorkflowStatus status, DateTimeOffset at, ISignalDelivery delivery, CancellationToken cancellation)
    {
        try
        {
            if (start.Parent is { } parent)
            {
                Failure failure = new(500, status.Error!.Code, status.Error.Message, false, false, null);
                ChildEnd end = new(parent.Execution, parent.Number, new StepOutcome(null, failure));
                await SendAsync(parent.WorkflowId, new WorkflowEvent { Child = end }, cancellation);
            }
            if (start.ReplyTo is { } reply)
            {
                // An epoch behind those of its executions, and the same each time.
                await delivery.DeliverAsync(
                    new Signal(
                        ObjectAddress.OfKey(reply.ObjectClass, reply.ObjectKey), reply.Method,
                        JsonSerializer.SerializeToUtf8Bytes(new[] { status }, ObjectJson.Options))
                    {
                        Sender = ObjectAddress.OfName(WorkflowCommand.ClassName, status.Id),
                        Position = new StreamPosition(at.UtcTicks, 1, 1),
                    },
                    cancellation);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // One that cannot be told must not keep the others from it.
            logger.NotAnnounced(error, status.Id);
        }
    }

    private async Task<(IReadOnlyList<WorkflowStep>? Steps, string? Change)> TellAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return PastOrchestration.Tell(
                id, await client.GetOrchestrationHistoryAsync(WorkflowInstance.Of(id), cancellation), run, logger);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            logger.StepsUnknown(error, id);
            return (null, null);
        }
    }
}

/// <summary>What has become of an event.</summary>
internal enum Receipt
{
    /// <summary>It is on its way.</summary>
    Sent,

    /// <summary>The workflow has not begun; it is to be sent later.</summary>
    Early,

    /// <summary>There is no such workflow.</summary>
    Unknown,

    /// <summary>The workflow has ended.</summary>
    Ended,
}
