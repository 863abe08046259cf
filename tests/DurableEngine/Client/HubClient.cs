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
        string id = options?.InstanceId ?? Guid.NewGuid().ToString("n");
        hub.Start(id, orchestratorName.Name, HubJson.Converter.Serialize(input), options?.StartAt);
        return Task.FromResult(id);
    }

    /// <inheritdoc/>
    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        hub.Raise(instanceId, eventName, HubJson.Converter.Serialize(eventPayload));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        Task.FromResult(hub.Find(instanceId, getInputsAndOutputs));

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, one => one.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, one => one.IsCompleted, cancellation);

    /// <inheritdoc/>
    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        Pageable.Create((_, _) => Task.FromResult(new Page<OrchestrationMetadata>(
            [.. hub.Orchestrations().Where(one => filter?.InstanceIdPrefix is not { } prefix
                || one.InstanceId.StartsWith(prefix, StringComparison.Ordinal))])));

    /// <inheritdoc/>
    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("Orchestrations of this engine cannot be suspended.");

    /// <inheritdoc/>
    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new NotSupportedException("Orchestrations of this engine cannot be suspended.");

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

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
