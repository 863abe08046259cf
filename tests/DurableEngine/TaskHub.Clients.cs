using DurableObjects.DurableEngine.Entities;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

// What a client does with entities.
public sealed partial class TaskHub
{
    /// <summary>A client signals an entity.</summary>
    public void Signal(EntityInstanceId id, string operation, string? input, DateTimeOffset? at)
    {
        lock (_lock)
        {
            Post(new EntitySignal(id, operation, input)
            {
                Visible = at is { } time ? time + options.SignalError() : clock.GetUtcNow(),
            });
            Count(id.ToString(), figures => figures.ClientSignals++);
        }
        Changed?.Invoke();
    }

    /// <summary>An entity's state's text, as of its last checkpoint.</summary>
    public string? StateOf(EntityInstanceId id)
    {
        lock (_lock)
        {
            return _entities.GetValueOrDefault(id.ToString())?.State;
        }
    }

    /// <summary>An entity as of its last checkpoint; null if it has no state.</summary>
    public EntityMetadata? Read(EntityInstanceId id, bool withState)
    {
        lock (_lock)
        {
            Count(id.ToString(), figures => figures.Reads++);
            return _entities.TryGetValue(id.ToString(), out EntityInstance? entity) && entity.State is not null
                ? Metadata(entity, withState)
                : null;
        }
    }

    /// <summary>The entities that a query finds, by their ids.</summary>
    public IReadOnlyList<EntityMetadata> List(EntityQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_lock)
        {
            return [.. _entities
                .Where(pair => (pair.Value.State is not null || query.IncludeTransient)
                    && (query.InstanceIdStartsWith is null || pair.Key.StartsWith(query.InstanceIdStartsWith, StringComparison.Ordinal))
                    && (query.LastModifiedFrom is null || pair.Value.LastModified >= query.LastModifiedFrom)
                    && (query.LastModifiedTo is null || pair.Value.LastModified < query.LastModifiedTo))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => Metadata(pair.Value, query.IncludeState))];
        }
    }

    private static EntityMetadata Metadata(EntityInstance entity, bool withState) =>
        new(entity.Id, withState && entity.State is { } state ? new SerializedData(state, HubJson.Converter) : null)
        {
            LastModifiedTime = entity.LastModified,
            BacklogQueueSize = entity.Queue.Count + entity.Order.Waiting,
        };
}
