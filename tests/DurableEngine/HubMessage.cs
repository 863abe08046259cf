using DurableObjects.DurableEngine.Entities;
using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

/// <summary>Something on its way through the hub's queues.</summary>
public abstract record HubMessage
{
    /// <summary>Tells messages apart; those of a repeated batch are new ones.</summary>
    public long Number { get; init; }

    /// <summary>When it may be delivered.</summary>
    public DateTimeOffset Visible { get; init; }

    /// <summary>Who gets it: the instance id of an entity or an orchestration.</summary>
    public abstract string Target { get; }
}

/// <summary>An operation for an entity.</summary>
public sealed record EntitySignal(EntityInstanceId Entity, string Operation, string? Input) : HubMessage
{
    /// <summary>The entity that sent it; null if it came from a client or an orchestration, or at a set time: those are not sorted.</summary>
    public string? Sender { get; init; }

    /// <summary>Its place behind what the sender sent before it.</summary>
    public SignalLabel Label { get; init; }

    /// <summary>The orchestration that waits for the answer; null if it is a signal.</summary>
    public Caller? Caller { get; init; }

    /// <summary>Whether it was sent by a worker that had been given up for dead.</summary>
    public bool IsLate { get; init; }

    /// <inheritdoc/>
    public override string Target => Entity.ToString();
}

/// <summary>An orchestration that has called an entity.</summary>
/// <param name="InstanceId">The orchestration.</param>
/// <param name="Execution">The run that waits.</param>
/// <param name="TaskId">What it waits for.</param>
public sealed record Caller(string InstanceId, string Execution, int TaskId);

/// <summary>Starts an orchestration.</summary>
public sealed record OrchestrationStart(string InstanceId, string Execution, string Name, string? Input) : HubMessage
{
    /// <summary>When it was sent.</summary>
    public DateTime At { get; init; }

    /// <summary>Whether a client sent it, which writes the instance's line in the table as well.</summary>
    public bool IsFromClient { get; init; }

    /// <summary>Whether it is the next run of one that continues as new.</summary>
    public bool Continues { get; init; }

    /// <summary>The orchestration that waits for its end; null if none does.</summary>
    public ParentTask? Parent { get; init; }

    /// <inheritdoc/>
    public override string Target => InstanceId;
}

/// <summary>Something that an orchestration waits for.</summary>
/// <param name="InstanceId">The orchestration.</param>
/// <param name="Execution">The run that waits; null for whichever runs.</param>
/// <param name="Event">What has happened.</param>
public sealed record OrchestrationNews(string InstanceId, string? Execution, HistoryEvent Event) : HubMessage
{
    /// <inheritdoc/>
    public override string Target => InstanceId;
}

/// <summary>Runs an activity.</summary>
public sealed record ActivityRequest(string InstanceId, string Execution, int TaskId, string Name, string? Input) : HubMessage
{
    /// <inheritdoc/>
    public override string Target => string.Concat("activity:", InstanceId, ":", TaskId.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
