using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

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

    /// <summary>A client starts an orchestration.</summary>
    public void Start(string instanceId, string name, string? input, DateTimeOffset? at)
    {
        lock (_lock)
        {
            Orchestration(instanceId);
            Post(new OrchestrationStart(instanceId, NewExecution(), name, input) { Visible = at ?? clock.GetUtcNow() });
        }
        Changed?.Invoke();
    }

    /// <summary>A client raises an event.</summary>
    public void Raise(string instanceId, string name, string? payload)
    {
        lock (_lock)
        {
            Post(new OrchestrationNews(instanceId, null, new EventRaised(name, payload)) { Visible = clock.GetUtcNow() });
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

    /// <summary>An orchestration; null if nobody has started it.</summary>
    public OrchestrationMetadata? Find(string instanceId, bool withTexts)
    {
        lock (_lock)
        {
            return _orchestrations.TryGetValue(instanceId, out OrchestrationInstance? instance) ? Metadata(instance, withTexts) : null;
        }
    }

    /// <summary>All orchestrations, by their ids.</summary>
    public IReadOnlyList<OrchestrationMetadata> Orchestrations()
    {
        lock (_lock)
        {
            return [.. _orchestrations.Values.OrderBy(one => one.Id, StringComparer.Ordinal).Select(one => Metadata(one, true))];
        }
    }

    private static EntityMetadata Metadata(EntityInstance entity, bool withState) =>
        new(entity.Id, withState && entity.State is { } state ? new SerializedData(state, HubJson.Converter) : null)
        {
            LastModifiedTime = entity.LastModified,
            BacklogQueueSize = entity.Queue.Count + entity.Order.Waiting,
        };

    private static OrchestrationMetadata Metadata(OrchestrationInstance instance, bool withTexts) => new(instance.Name, instance.Id)
    {
        DataConverter = withTexts ? HubJson.Converter : null,
        RuntimeStatus = instance.Status,
        CreatedAt = instance.Created,
        LastUpdatedAt = instance.Updated,
        SerializedInput = withTexts ? instance.Input : null,
        SerializedOutput = withTexts ? instance.Output : null,
        SerializedCustomStatus = withTexts ? instance.CustomStatus : null,
        FailureDetails = instance.Failure,
    };
}
