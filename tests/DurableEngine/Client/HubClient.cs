using DurableTask.Core.History;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;

namespace DurableObjects.DurableEngine.Client;

/// <summary>A client of a hub.</summary>
/// <param name="hub">The hub.</param>
public sealed class HubClient(TaskHub hub) : DurableTaskClient("hub")
{
    private readonly HubEntityClient _entities = new(hub);

    /// <inheritdoc/>
    public override DurableEntityClient Entities => _entities;

    /// <inheritdoc/>
    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        RefuseEntity(options?.InstanceId);
        string id = options?.InstanceId ?? Guid.NewGuid().ToString("n");
        OrchestrationRuntimeStatus[]? dedupe = options?.DedupeStatuses is { } statuses ? [.. statuses.Select(StatusOf)] : null;
        hub.Start(id, orchestratorName.Name, HubJson.Converter.Serialize(input), options?.StartAt, dedupe);
        return Task.FromResult(id);
    }

    /// <inheritdoc/>
    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, () => hub.Raise(instanceId, eventName, HubJson.Converter.Serialize(eventPayload)), cancellation);

    /// <inheritdoc/>
    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, () => hub.Suspend(instanceId, reason), cancellation);

    /// <inheritdoc/>
    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, () => hub.Resume(instanceId, reason), cancellation);

    /// <inheritdoc/>
    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, () => hub.Terminate(instanceId, HubJson.Converter.Serialize(options?.Output)), cancellation);

    /// <inheritdoc/>
    public override Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new PurgeResult(hub.Purge(instanceId) ? 1 : 0));
    }

    /// <inheritdoc/>
    public override Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new PurgeResult(hub.Purge(filter)));
    }

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        RefuseEntity(instanceId);
        return Task.FromResult(hub.Find(instanceId, getInputsAndOutputs));
    }

    /// <inheritdoc/>
    public override Task<IList<HistoryEvent>> GetOrchestrationHistoryAsync(string instanceId, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        RefuseEntity(instanceId);
        return Task.FromResult(hub.HistoryOf(instanceId)
            ?? throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found."));
    }

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, one => one.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, one => one.IsCompleted, cancellation);

    /// <inheritdoc/>
    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        OrchestrationQuery query = filter ?? new OrchestrationQuery();
        return Pageable.Create((token, pageSize, _) =>
        {
            int size = pageSize ?? query.PageSize;
            string? after = token ?? query.ContinuationToken;
            IReadOnlyList<OrchestrationMetadata> found = [.. hub.List(query)
                .SkipWhile(one => after is not null && string.CompareOrdinal(one.InstanceId, after) <= 0)
                .Take(size + 1)];
            string? next = found.Count > size ? found[size - 1].InstanceId : null;
            return Task.FromResult(new Page<OrchestrationMetadata>([.. found.Take(size)], next));
        });
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task SendAsync(string instanceId, Action send, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        RefuseEntity(instanceId);
        send();
        return Task.CompletedTask;
    }

    private static void RefuseEntity(string? instanceId)
    {
        if (instanceId?.StartsWith('@') == true)
        {
            throw new ArgumentException("It is an entity's id.", nameof(instanceId));
        }
    }

    private static OrchestrationRuntimeStatus StatusOf(string name) =>
        Enum.TryParse(name, ignoreCase: true, out OrchestrationRuntimeStatus status)
            ? status
            : throw new ArgumentException($"Invalid orchestration runtime status: '{name}' for deduplication.");

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, bool withTexts, Func<OrchestrationMetadata, bool> isEnough, CancellationToken cancellation)
    {
        while (true)
        {
            if (hub.Find(instanceId, withTexts) is { } found && isEnough(found))
            {
                return found;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), hub.Clock, cancellation);
        }
    }
}
