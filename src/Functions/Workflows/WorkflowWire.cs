using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Functions.Workflows;

/// <summary>What a workflow's orchestration is started with, or continues as new with.</summary>
/// <remarks>
/// This and all others here are plain data between two parts of the app, perhaps of two versions, in the serializer of Durable Functions:
/// members may be added, and none may change its meaning.
/// </remarks>
/// <param name="Name">The workflow's class.</param>
/// <param name="CreatedAt">When the workflow was started.</param>
public sealed record WorkflowStart(string Name, DateTimeOffset CreatedAt)
{
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A start out of what asks for it.</summary>
    public static WorkflowStart Of(WorkflowCommand command, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(command);
        return new WorkflowStart(command.Name!, now)
        {
            // Another workflow may have had the id, and been forgotten: keys that are made of id and execution must not be what its were.
            Execution = (int)(now - Epoch).TotalSeconds,
            Input = command.Payload,
            ReplyTo = command.ReplyTo,
            Parent = command.Parent,
        };
    }

    /// <summary>What the workflow was started with.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>Which execution: one more each time that it continues as new.</summary>
    public int Execution { get; init; }

    /// <summary>Whether it has continued as new.</summary>
    public bool IsContinued { get; init; }

    /// <summary>What it continued as new with.</summary>
    public JsonElement? Next { get; init; }

    /// <summary>Who is told of its end.</summary>
    public WorkflowReply? ReplyTo { get; init; }

    /// <summary>The workflow that waits for its end as a step.</summary>
    public WorkflowParent? Parent { get; init; }

    /// <summary>Events that nobody took in the executions before, oldest first.</summary>
    public IReadOnlyList<WorkflowEvent>? Events { get; init; }

    /// <summary>What had come, so that what comes again is known.</summary>
    public SeenEvents? Seen { get; init; }

    /// <summary>The epoch of the streams in which the execution before sent its signals; see <see cref="Turns.StreamPosition"/>.</summary>
    public long SentEpoch { get; init; }
}

/// <summary>What comes to a workflow's orchestration while it runs. All of it has one name for the platform.</summary>
public sealed record WorkflowEvent
{
    /// <summary>The platform's name of all of them.</summary>
    public const string Name = "workflow";

    /// <summary>What is asked of the workflow.</summary>
    public WorkflowCommand? Command { get; init; }

    /// <summary>How a child has ended.</summary>
    public ChildEnd? Child { get; init; }

    /// <summary>Tells it from others, where it is in no stream.</summary>
    public string? Id { get; init; }

    /// <summary>Its place among what an object has sent.</summary>
    public SenderPlace? From { get; init; }
}

/// <summary>How a child has ended.</summary>
/// <param name="Execution">The execution of the parent that waits.</param>
/// <param name="Number">The operation that waits.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record ChildEnd(int Execution, long Number, StepOutcome Outcome);

/// <summary>A place in the stream from an object to a workflow, as <see cref="Turns.StreamPosition"/>.</summary>
/// <param name="Sender">The object's id.</param>
/// <param name="Epoch">The stream.</param>
/// <param name="Number">The place.</param>
/// <param name="Oldest">The oldest place that the object still held.</param>
public sealed record SenderPlace(string Sender, long Epoch, long Number, long Oldest);

/// <summary>What has come to a workflow.</summary>
/// <param name="Ids">The newest ids of what came in no stream.</param>
/// <param name="Streams">How far each stream has come.</param>
public sealed record SeenEvents(IReadOnlyList<string> Ids, IReadOnlyList<SeenStream> Streams);

/// <summary>What has come in a stream.</summary>
/// <param name="Sender">The object's id.</param>
/// <param name="Epoch">The stream.</param>
/// <param name="Next">The number behind the greatest that has come.</param>
/// <param name="Missing">Smaller numbers that have not come.</param>
public sealed record SeenStream(string Sender, long Epoch, long Next, IReadOnlyList<long> Missing);

/// <summary>How a workflow has ended: the output of its orchestration, which for the platform is completed whichever way it was.</summary>
/// <param name="State">Completed, failed or terminated.</param>
/// <param name="Output">Its output.</param>
/// <param name="Error">Why it failed, or was terminated.</param>
/// <param name="At">When.</param>
public sealed record WorkflowEnd(WorkflowState State, JsonElement? Output, Turns.Failure? Error, DateTimeOffset At);

/// <summary>What a running workflow's orchestration shows of it as its custom status, where that is not simply that it runs.</summary>
/// <param name="State">Suspended; or terminated, while attempts that were given up have not ended.</param>
/// <param name="Error">Why it was terminated.</param>
public sealed record WorkflowShown(WorkflowState State, WorkflowError? Error);

/// <summary>An attempt on its way to an activity.</summary>
/// <param name="Operation">What it is in the workflow's history.</param>
/// <param name="Trail">A digest of all operations up to it.</param>
/// <param name="Attempt">The attempt.</param>
public sealed record AttemptRequest(Operation Operation, string Trail, StepAttempt Attempt);

/// <summary>
/// What has come of an attempt, with what it was: the platform keeps results and no inputs, and by this a replay knows whether the code
/// still asks for the same.
/// </summary>
/// <param name="Operation">As in the request.</param>
/// <param name="Trail">As in the request.</param>
/// <param name="Outcome">What has come of it.</param>
public sealed record AttemptResult(Operation Operation, string Trail, StepOutcome Outcome);

/// <summary>A child on its way to being started.</summary>
/// <param name="Operation">What it is in the parent's history.</param>
/// <param name="Trail">A digest of all operations up to it.</param>
/// <param name="Id">The child's id.</param>
/// <param name="Start">What it is started with.</param>
public sealed record ChildRequest(Operation Operation, string Trail, string Id, WorkflowStart Start);

/// <summary>Signals of a workflow on their way to an object.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="ObjectClass">The receiver's class.</param>
/// <param name="ObjectKey">The receiver's key.</param>
/// <param name="Epoch">The stream.</param>
/// <param name="First">The place of the first.</param>
/// <param name="Signals">The signals, in order.</param>
public sealed record DeliveryRequest(
    string WorkflowId, string ObjectClass, string ObjectKey, long Epoch, long First, IReadOnlyList<OutgoingSignal> Signals);

/// <summary>A signal of a workflow.</summary>
/// <param name="Method">The method.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record OutgoingSignal(string Method, JsonElement Arguments);

/// <summary>How far a delivery has come.</summary>
/// <param name="Delivered">How many signals the receiver has.</param>
/// <param name="Error">Why not all.</param>
public sealed record DeliveryResult(int Delivered, Turns.Failure? Error);
