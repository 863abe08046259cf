using System.Text.Json;
using System.Text.Json.Serialization;

namespace DurableObjects.Workflows;

/// <summary>What is known of a workflow.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name of its class.</param>
/// <param name="State">Where it stands.</param>
/// <param name="CreatedAt">When it was started.</param>
public sealed record WorkflowStatus(
    string Id, string Name, [property: JsonPropertyName("status")] WorkflowState State, DateTimeOffset CreatedAt)
{
    /// <summary>When it last went on.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What it was started with.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>What it ended with.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why it failed, or was terminated.</summary>
    public WorkflowError? Error { get; init; }

    /// <summary>
    /// Its steps so far, in the order in which they began; since it last continued as new. Null where they were not asked for.
    /// </summary>
    public IReadOnlyList<WorkflowStep>? Steps { get; init; }

    /// <summary>Whether it will not go on any more.</summary>
    [JsonIgnore]
    public bool HasEnded => State is WorkflowState.Completed or WorkflowState.Failed or WorkflowState.Terminated;
}

/// <summary>Where a workflow stands.</summary>
public enum WorkflowState
{
    /// <summary>It is accepted and has not begun.</summary>
    Pending,

    /// <summary>It runs, or waits for something.</summary>
    Running,

    /// <summary>It takes note of what happens and does nothing, until it is resumed.</summary>
    Suspended,

    /// <summary>It has ended with an output.</summary>
    Completed,

    /// <summary>It has ended with an error.</summary>
    Failed,

    /// <summary>It was ended from outside.</summary>
    Terminated,
}

/// <summary>An error of a workflow or of one of its steps.</summary>
/// <param name="Code">For programs, as in <see cref="DurableObjectException.Code"/>.</param>
/// <param name="Message">For people.</param>
public sealed record WorkflowError(string Code, string Message);

/// <summary>A step of a workflow.</summary>
/// <param name="Number">1, 2, 3 … in the order in which the workflow's code asked for them.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What it is about: the activity, the event, the child's class, the object and its method.</param>
/// <param name="State">Where it stands.</param>
/// <param name="StartedAt">When it was asked for.</param>
public sealed record WorkflowStep(
    int Number, WorkflowStepKind Kind, string Name, [property: JsonPropertyName("status")] WorkflowStepState State, DateTimeOffset StartedAt)
{
    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When a sleep ends.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The attempts of an activity or a call.</summary>
    public IReadOnlyList<WorkflowAttempt>? Attempts { get; init; }

    /// <summary>Why it failed.</summary>
    public WorkflowError? Error { get; init; }
}

/// <summary>An attempt of a step.</summary>
/// <param name="Number">1, 2, 3 …</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="EndedAt">When its outcome was there.</param>
/// <param name="Error">Why it failed, if it did.</param>
public sealed record WorkflowAttempt(int Number, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, WorkflowError? Error);

/// <summary>What a step is.</summary>
public enum WorkflowStepKind
{
    /// <summary>An activity.</summary>
    Activity,

    /// <summary>A call of an object's method.</summary>
    Call,

    /// <summary>A signal to an object.</summary>
    Signal,

    /// <summary>A sleep.</summary>
    Sleep,

    /// <summary>The wait for an event.</summary>
    Event,

    /// <summary>A child workflow.</summary>
    Child,
}

/// <summary>Where a step stands.</summary>
public enum WorkflowStepState
{
    /// <summary>It has begun.</summary>
    Running,

    /// <summary>It is done.</summary>
    Completed,

    /// <summary>It has failed.</summary>
    Failed,

    /// <summary>Nobody waits for it any more: the event of a wait that timed out, the time of one that did not.</summary>
    Cancelled,
}
