using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>
/// What a host gives a running workflow: the operations that <see cref="WorkflowContext"/> makes its steps of. Each is recorded before its
/// task ends, and a replay that asks for the same operations in the same order is given the same outcomes, at the same times. The
/// tasks end in the workflow's own thread. None of them throws because what was asked for has failed: that is an outcome.
/// </summary>
public interface IWorkflowEngine
{
    /// <summary>The workflow's id.</summary>
    string Id { get; }

    /// <summary>The name of its class.</summary>
    string Name { get; }

    /// <summary>When what the workflow sees now happened.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Whether what the workflow does now was done before.</summary>
    bool IsReplaying { get; }

    /// <summary>An id that is new, and the same in each replay.</summary>
    Guid NewGuid();

    /// <summary>Makes one attempt of an activity or of a call.</summary>
    Task<StepOutcome> AttemptAsync(StepAttempt attempt);

    /// <summary>Waits until a time.</summary>
    /// <param name="step">The step that waits.</param>
    /// <param name="due">The time.</param>
    /// <param name="isRetry">Whether it is the time between two attempts, and no step of its own.</param>
    /// <param name="cancellation">Ends the wait: the task is cancelled.</param>
    Task SleepAsync(int step, DateTimeOffset due, bool isRetry, CancellationToken cancellation);

    /// <summary>Waits for an event: the oldest of that name that nobody has taken, in whatever case it is written.</summary>
    /// <param name="step">The step that waits.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="cancellation">Ends the wait: the task is cancelled.</param>
    Task<JsonElement?> WaitForEventAsync(int step, string name, CancellationToken cancellation);

    /// <summary>Starts another workflow and waits for its end.</summary>
    /// <param name="step">The step that waits.</param>
    /// <param name="name">The other's class.</param>
    /// <param name="id">The other's id.</param>
    /// <param name="input">What it starts with.</param>
    Task<StepOutcome> RunChildAsync(int step, string name, string id, JsonElement? input);

    /// <summary>Signals an object, which handles it exactly once, in the order in which this workflow sent.</summary>
    /// <param name="step">The step.</param>
    /// <param name="receiver">The object.</param>
    /// <param name="method">The method.</param>
    /// <param name="arguments">Its arguments: an array, or an object of named ones.</param>
    void Signal(int step, ObjectAddress receiver, string method, JsonElement arguments);

    /// <summary>From here on operations are those of compensations, which may go beyond the limit of a workflow's own.</summary>
    void BeginCompensation();

    /// <summary>Has the workflow begin anew, with a history of its own, when its code has returned. Events that nobody took stay.</summary>
    /// <param name="input">What it begins with.</param>
    void ContinueAsNew(JsonElement? input);
}
