using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>A run of an orchestration that a worker was given: its history, and what has happened since.</summary>
public sealed class OrchestrationWork
{
    internal OrchestrationWork(
        OrchestrationInstance instance, string execution, string name, IReadOnlyList<HistoryEvent> history, IReadOnlyList<HubMessage> taken)
    {
        Instance = instance;
        Execution = execution;
        Name = name;
        History = history;
        Taken = taken;
        Version = instance.Version;
    }

    public string InstanceId => Instance.Id;

    public string Name { get; }

    internal string Execution { get; }

    internal OrchestrationInstance Instance { get; }

    internal IReadOnlyList<HistoryEvent> History { get; }

    internal IReadOnlyList<HubMessage> Taken { get; }

    internal long Version { get; }

    /// <summary>Replays the orchestration from its start, and goes on with what is new.</summary>
    public OrchestrationResult Run(Func<TaskOrchestrationContext, Task<object?>> orchestrator) =>
        new Replay(InstanceId, Name, History).Run(orchestrator);
}

/// <summary>What came out of a run.</summary>
/// <param name="Asked">What it newly asked for, in order.</param>
public sealed record OrchestrationResult(IReadOnlyList<Asked> Asked)
{
    /// <summary>Whether it has returned.</summary>
    public bool HasEnded { get; init; }

    /// <summary>What it returned.</summary>
    public string? Output { get; init; }

    /// <summary>What it threw.</summary>
    public TaskFailureDetails? Failure { get; init; }

    /// <summary>Whether it begins again with another input.</summary>
    public bool ContinuesAsNew { get; init; }

    /// <summary>That input.</summary>
    public string? NewInput { get; init; }

    /// <summary>Events that nobody has waited for, to be kept for the new run.</summary>
    public IReadOnlyList<EventRaised> Unprocessed { get; init; } = [];

    /// <summary>What it said of itself.</summary>
    public string? CustomStatus { get; init; }
}

/// <summary>An orchestration did not do in a replay what its history says that it did.</summary>
public sealed class NotDeterministicException(string message) : Exception(message);
