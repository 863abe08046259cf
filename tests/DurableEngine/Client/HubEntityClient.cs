using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine.Client;

/// <summary>A client of a hub's entities. It sees what is checkpointed, and nothing else.</summary>
/// <param name="hub">The hub.</param>
public sealed class HubEntityClient(TaskHub hub) : DurableEntityClient("hub")
{
    /// <inheritdoc/>
    public override Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        hub.Signal(id, operationName, HubJson.Converter.Serialize(input), options?.SignalTime);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(hub.Read(id, includeState));
    }

    /// <inheritdoc/>
    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(hub.Read(id, includeState) is { } found ? Typed<T>(found) : null);
    }

    /// <inheritdoc/>
    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) =>
        Pages(filter ?? new EntityQuery(), one => one);

    /// <inheritdoc/>
    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) =>
        Pages(filter ?? new EntityQuery(), Typed<T>);

    /// <inheritdoc/>
    public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null, bool continueUntilComplete = true, CancellationToken cancellation = default) =>
        Task.FromResult(new CleanEntityStorageResult());

    private AsyncPageable<T> Pages<T>(EntityQuery query, Func<EntityMetadata, T> select)
        where T : notnull =>
        Pageable.Create((token, _) =>
        {
            int size = query.PageSize ?? EntityQuery.DefaultPageSize;
            IReadOnlyList<EntityMetadata> found =
                [.. hub.List(query).SkipWhile(one => token is not null && string.CompareOrdinal(one.Id.ToString(), token) <= 0).Take(size + 1)];
            string? next = found.Count > size ? found[size - 1].Id.ToString() : null;
            return Task.FromResult(new Page<T>([.. found.Take(size).Select(select)], next));
        });

    private static EntityMetadata<T> Typed<T>(EntityMetadata found) =>
        new(found.Id, found.IncludesState ? found.State.ReadAs<T>() : default)
        {
            LastModifiedTime = found.LastModifiedTime,
            BacklogQueueSize = found.BacklogQueueSize,
            LockedBy = found.LockedBy,
        };
}
