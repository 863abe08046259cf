using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>What is asked of a workflow from outside: plain data, in a signal or a call.</summary>
/// <param name="Verb">What is asked.</param>
public sealed record WorkflowCommand(WorkflowVerb Verb)
{
    /// <summary>The class that stands in the addresses of signals to workflows; their name there is the workflow's id.</summary>
    public const string ClassName = "workflow";

    /// <summary>The method that such signals call.</summary>
    public const string Method = "command";

    /// <summary>The workflow's class, or the event's name.</summary>
    public string? Name { get; init; }

    /// <summary>The workflow's input, or the event's payload.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Reason
    {
        get;
        init => field = value is null ? null : FailureText.Short(value);
    }

    /// <summary>Who is told of the end, or of what was asked.</summary>
    public WorkflowReply? ReplyTo { get; init; }

    /// <summary>The workflow that waits for the end as a step.</summary>
    public WorkflowParent? Parent { get; init; }

    /// <summary>Refuses what is malformed.</summary>
    /// <exception cref="DurableObjectException">A name is missing or too long (400), or the payload too large (413).</exception>
    public void Check()
    {
        if (Verb is WorkflowVerb.Start or WorkflowVerb.Raise && Name is not { Length: >= 1 and <= Limits.EventNameCharacters })
        {
            throw DurableObjectException.Invalid(
                $"The name of a workflow or an event must have 1 to {Limits.EventNameCharacters} characters; it is '{LogText.Of(Name ?? "")}'.");
        }
        WorkflowJson.Check(Payload, Verb == WorkflowVerb.Start ? $"The input of '{Name}'" : $"The event '{Name}'");
    }
}

/// <summary>What can be asked of a workflow.</summary>
public enum WorkflowVerb
{
    /// <summary>To begin.</summary>
    Start,

    /// <summary>To take note of an event.</summary>
    Raise,

    /// <summary>To end where it is.</summary>
    Terminate,

    /// <summary>To do nothing for now.</summary>
    Suspend,

    /// <summary>To go on.</summary>
    Resume,

    /// <summary>To tell where it stands.</summary>
    Query,
}

/// <summary>A method of an object that a <see cref="WorkflowStatus"/> is signalled to.</summary>
/// <param name="ObjectClass">The object's class.</param>
/// <param name="ObjectKey">The object's key.</param>
/// <param name="Method">The method.</param>
public sealed record WorkflowReply(string ObjectClass, string ObjectKey, string Method);

/// <summary>The step of a workflow that waits for another.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="Execution">Which of its executions.</param>
/// <param name="Number">The operation that waits.</param>
public sealed record WorkflowParent(string WorkflowId, int Execution, long Number);
