using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>A line of an orchestration's history, from which it is replayed.</summary>
public abstract record HistoryEvent;

/// <summary>It was started.</summary>
public sealed record Started(string Name, string? Input) : HistoryEvent;

/// <summary>A worker began to run it with what comes behind this line; the orchestration's time until the next such line.</summary>
public sealed record RunBegan(DateTime At) : HistoryEvent;

/// <summary>Something that the orchestration asked for; a replay must ask for the same under the same number.</summary>
/// <param name="Id">Its number.</param>
public abstract record Asked(int Id) : HistoryEvent;

/// <summary>A timer.</summary>
public sealed record TimerAsked(int Id, DateTime FireAt) : Asked(Id);

/// <summary>An activity.</summary>
public sealed record ActivityAsked(int Id, string Name, string? Input) : Asked(Id);

/// <summary>A signal to an entity, at once or at a time.</summary>
public sealed record SignalAsked(int Id, string Target, string Operation, string? Input, DateTimeOffset? At) : Asked(Id);

/// <summary>A call of an entity.</summary>
public sealed record CallAsked(int Id, string Target, string Operation, string? Input) : Asked(Id);

/// <summary>An event for another orchestration.</summary>
public sealed record EventAsked(int Id, string Target, string Name, string? Payload) : Asked(Id);

/// <summary>A timer fired.</summary>
public sealed record TimerFired(int Id) : HistoryEvent;

/// <summary>An entity's operation has returned.</summary>
public sealed record CallDone(int Id, string? Result) : HistoryEvent;

/// <summary>An entity's operation threw, or its worker died.</summary>
public sealed record CallFailed(int Id, TaskFailureDetails Failure) : HistoryEvent;

/// <summary>An activity returned.</summary>
public sealed record ActivityDone(int Id, string? Result) : HistoryEvent;

/// <summary>An activity threw.</summary>
public sealed record ActivityFailed(int Id, TaskFailureDetails Failure) : HistoryEvent;

/// <summary>An event came from outside.</summary>
public sealed record EventRaised(string Name, string? Payload) : HistoryEvent;
