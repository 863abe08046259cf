using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>A line of an orchestration's history, from which it is replayed.</summary>
public abstract record HistoryEvent
{
    /// <summary>When it came about; not part of what a replay compares.</summary>
    public DateTime At { get; init; }
}

/// <summary>It was started.</summary>
public sealed record Started(string Name, string? Input, ParentTask? Parent) : HistoryEvent;

/// <summary>A worker began to run it with what comes behind this line; the orchestration's time until the next such line.</summary>
public sealed record RunBegan : HistoryEvent;

/// <summary>It has ended.</summary>
public sealed record Ended(string? Output, TaskFailureDetails? Failure, bool IsTerminated) : HistoryEvent;

/// <summary>Something that the orchestration asked for; a replay must ask for the same under the same number.</summary>
/// <param name="Id">Its number.</param>
public abstract record Asked(int Id) : HistoryEvent;

/// <summary>Something that the orchestration does not end without, even if its function has returned.</summary>
/// <param name="Id">Its number.</param>
public abstract record OpenTask(int Id) : Asked(Id);

/// <summary>A timer.</summary>
public sealed record TimerAsked(int Id, DateTime FireAt) : OpenTask(Id);

/// <summary>An activity.</summary>
public sealed record ActivityAsked(int Id, string Name, string? Input) : OpenTask(Id);

/// <summary>Another orchestration.</summary>
public sealed record OrchestrationAsked(int Id, string InstanceId, string Name, string? Input) : OpenTask(Id);

/// <summary>A signal to an entity, at once or at a time.</summary>
public sealed record SignalAsked(int Id, string Target, string Operation, string? Input, DateTimeOffset? Due) : Asked(Id);

/// <summary>A call of an entity.</summary>
public sealed record CallAsked(int Id, string Target, string Operation, string? Input) : Asked(Id);

/// <summary>An event for another orchestration.</summary>
public sealed record EventAsked(int Id, string Target, string Name, string? Payload) : Asked(Id);

/// <summary>What came of something that the orchestration asked for.</summary>
/// <param name="Id">What it asked for.</param>
public abstract record Answered(int Id) : HistoryEvent;

/// <summary>A timer fired.</summary>
public sealed record TimerFired(int Id, DateTime FireAt) : Answered(Id);

/// <summary>An activity, an entity's operation or another orchestration returned.</summary>
public sealed record Returned(int Id, string? Result) : Answered(Id);

/// <summary>It threw; without details it was terminated.</summary>
public sealed record Threw(int Id, TaskFailureDetails? Failure) : Answered(Id);

/// <summary>An event came from outside.</summary>
public sealed record EventRaised(string Name, string? Payload) : HistoryEvent;

/// <summary>From here on nothing is given to it.</summary>
public sealed record Suspended(string? Reason) : HistoryEvent;

/// <summary>It is given what has come meanwhile, and goes on.</summary>
public sealed record Resumed(string? Reason) : HistoryEvent;

/// <summary>It was ended from outside.</summary>
public sealed record Terminated(string? Output) : HistoryEvent;
