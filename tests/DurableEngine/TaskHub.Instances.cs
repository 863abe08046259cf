using DurableObjects.DurableEngine.Client;
using DurableObjects.DurableEngine.Orchestrations;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask.Client;

namespace DurableObjects.DurableEngine;

// What a client does with orchestrations, with the checks of the Functions extension. They read before they send: neither is one step with
// the other on the platform.
public sealed partial class TaskHub
{
    /// <summary>A client starts an orchestration.</summary>
    /// <param name="instanceId">Its id.</param>
    /// <param name="name">Its function.</param>
    /// <param name="input">Its input's text.</param>
    /// <param name="at">When it begins.</param>
    /// <param name="dedupe">What an instance with the id may not be, beside running, pending or suspended, which it never may.</param>
    /// <exception cref="OrchestrationAlreadyExistsException">There is one, and it is.</exception>
    public void Start(
        string instanceId, string name, string? input, DateTimeOffset? at, IReadOnlyCollection<OrchestrationRuntimeStatus>? dedupe = null)
    {
        lock (_lock)
        {
            OrchestrationInstance instance = Orchestration(instanceId);
            if (instance.Row is { } row && (!IsOver(row.Status) || dedupe?.Contains(row.Status) == true))
            {
                throw new OrchestrationAlreadyExistsException($"An Orchestration instance with the ID {instanceId} already exists.");
            }
            DateTimeOffset now = clock.GetUtcNow();
            OrchestrationStart start = new(instanceId, NewExecution(), name, input)
            {
                IsFromClient = true,
                Visible = at ?? now,
                At = now.UtcDateTime,
            };
            instance.Row = new InstanceRow
            {
                Execution = start.Execution,
                Name = name,
                Input = input,
                Created = now,
                Updated = now,
                Status = OrchestrationRuntimeStatus.Pending,
            };
            Post(start);
        }
        Changed?.Invoke();
    }

    /// <summary>A client raises an event.</summary>
    /// <exception cref="RpcException">There is no such instance, or it has ended.</exception>
    public void Raise(string instanceId, string name, string? payload) => Send(
        instanceId,
        status => !IsOver(status),
        new EventRaised(name, payload),
        _ => new Status(StatusCode.FailedPrecondition, "The orchestration instance with the provided instance id is not running."),
        Unknown(instanceId, StatusCode.NotFound, ""));

    /// <summary>A client terminates an orchestration. Those that it called are not.</summary>
    /// <exception cref="RpcException">There is no such instance, or it has ended.</exception>
    public void Terminate(string instanceId, string? output) => Send(
        instanceId,
        status => !IsOver(status),
        new Terminated(output),
        status => new Status(
            StatusCode.FailedPrecondition,
            $"InvalidOperationException: Cannot terminate the orchestration instance {instanceId}"
                + $" because instance is in the {status} state."),
        Unknown(instanceId, StatusCode.NotFound, "ArgumentException: "));

    /// <summary>A client suspends an orchestration.</summary>
    /// <exception cref="RpcException">There is no such instance, or it is neither running nor pending.</exception>
    public void Suspend(string instanceId, string? reason) => Send(
        instanceId,
        status => status is OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Pending,
        new Suspended(reason),
        _ => Unhandled,
        Unhandled);

    /// <summary>A client resumes an orchestration.</summary>
    /// <exception cref="RpcException">There is no such instance, or it is not suspended.</exception>
    public void Resume(string instanceId, string? reason) => Send(
        instanceId,
        status => status is OrchestrationRuntimeStatus.Suspended,
        new Resumed(reason),
        _ => Unhandled,
        Unhandled);

    /// <summary>Deletes an orchestration; whether there was one.</summary>
    /// <exception cref="InvalidOperationException">It has not ended.</exception>
    public bool Purge(string instanceId)
    {
        lock (_lock)
        {
            if (!_orchestrations.TryGetValue(instanceId, out OrchestrationInstance? instance) || instance.Row is not { } row)
            {
                return false;
            }
            if (!IsOver(row.Status))
            {
                throw new InvalidOperationException(
                    "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID"
                    + $" {instanceId} has status {row.Status}");
            }
            Forget(instance);
            return true;
        }
    }

    /// <summary>
    /// Deletes the orchestrations that a filter finds, and says how many. Without a status that is a final one the filter has no status: it
    /// takes running ones too, and, on the platform, entities.
    /// </summary>
    public int Purge(PurgeInstancesFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        List<OrchestrationRuntimeStatus> statuses = [.. (filter.Statuses ?? []).Where(IsOver)];
        lock (_lock)
        {
            List<OrchestrationInstance> found = [.. _orchestrations.Values.Where(
                one => one.Row is { } row && IsWithin(row, filter.CreatedFrom, filter.CreatedTo, statuses))];
            found.ForEach(Forget);
            return found.Count;
        }
    }

    /// <summary>An orchestration; null if clients see none.</summary>
    public OrchestrationMetadata? Find(string instanceId, bool withTexts)
    {
        lock (_lock)
        {
            return _orchestrations.GetValueOrDefault(instanceId)?.Row is { } row
                ? Metadata(instanceId, row, withTexts, withTexts)
                : null;
        }
    }

    /// <summary>The orchestrations that a query finds, by their ids. Their outputs and custom statuses come asked for or not.</summary>
    public IReadOnlyList<OrchestrationMetadata> List(OrchestrationQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        List<OrchestrationRuntimeStatus> statuses = [.. query.Statuses ?? []];
        lock (_lock)
        {
            return [.. _orchestrations.Values
                .Where(one => one.Row is { } row
                    && one.Id.StartsWith(query.InstanceIdPrefix ?? "", StringComparison.Ordinal)
                    && IsWithin(row, query.CreatedFrom, query.CreatedTo, statuses))
                .OrderBy(one => one.Id, StringComparer.Ordinal)
                .Select(one => Metadata(one.Id, one.Row!, query.FetchInputsAndOutputs, withOutputs: true))];
        }
    }

    /// <summary>The history of the run that is on or was the last, as clients get it; null if they see no such instance.</summary>
    public IList<DurableTask.Core.History.HistoryEvent>? HistoryOf(string instanceId)
    {
        lock (_lock)
        {
            return _orchestrations.GetValueOrDefault(instanceId) is { Row: not null } instance
                ? PublicHistory.Of(instance.Id, instance.Execution, instance.History)
                : null;
        }
    }

    /// <summary>What the extension says where it does not expect an error: nothing. Later versions tell the two cases apart.</summary>
    private static Status Unhandled => new(StatusCode.Unknown, "Exception was thrown by handler.");

    private static Status Unknown(string instanceId, StatusCode code, string prefix) =>
        new(code, $"{prefix}No instance with ID '{instanceId}' was found. (Parameter 'instanceId')");

    private static bool IsOver(OrchestrationRuntimeStatus status) => status
        is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    private static bool IsWithin(InstanceRow row, DateTimeOffset? from, DateTimeOffset? to, List<OrchestrationRuntimeStatus> statuses) =>
        (from is null || row.Created >= from)
        && (to is null || row.Created <= to)
        && (statuses.Count == 0 || statuses.Contains(row.Status));

    private static void Forget(OrchestrationInstance instance)
    {
        instance.Row = null;
        instance.Queue.RemoveAll(one => one is OrchestrationStart { Continues: true });
        instance.Execution = null;
        instance.History = [];
        instance.Version++;
    }

    /// <summary>The Azure Storage backend does not keep a failure's details beside the history: metadata has none.</summary>
    private static OrchestrationMetadata Metadata(string id, InstanceRow row, bool withInputs, bool withOutputs) => new(row.Name, id)
    {
        DataConverter = withInputs ? HubJson.Converter : null,
        RuntimeStatus = row.Status,
        CreatedAt = row.Created,
        LastUpdatedAt = row.Updated,
        SerializedInput = withInputs ? row.Input : null,
        SerializedOutput = withOutputs ? row.Output : null,
        SerializedCustomStatus = withOutputs ? row.CustomStatus : null,
    };

    private void Send(
        string instanceId,
        Func<OrchestrationRuntimeStatus, bool> takes,
        HistoryEvent message,
        Func<OrchestrationRuntimeStatus, Status> refusal,
        Status unknown)
    {
        lock (_lock)
        {
            if (_orchestrations.GetValueOrDefault(instanceId)?.Row is not { } row)
            {
                throw new RpcException(unknown);
            }
            if (!takes(row.Status))
            {
                throw new RpcException(refusal(row.Status));
            }
            PostNews(instanceId, null, message);
        }
        Changed?.Invoke();
    }
}
