namespace DurableObjects.Workflows;

/// <summary>Something that a workflow's code asked for: its place in the history, and what it must be if it is asked for again.</summary>
/// <param name="Number">1, 2, 3 … in the order in which the code asked.</param>
/// <param name="Step">The step that it is a part of.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What it is about.</param>
/// <param name="Attempt">Which attempt of the step; 0 if it is none.</param>
public sealed record Operation(long Number, int Step, OperationKind Kind, string Name, int Attempt)
{
    /// <summary>The step and the attempt, for messages.</summary>
    public override string ToString() => Attempt > 1
        ? $"step {Step}, {Kind.ToString().ToLowerInvariant()} '{Name}', attempt {Attempt}"
        : $"step {Step}, {Kind.ToString().ToLowerInvariant()} '{Name}'";
}

/// <summary>What an operation is. The numbers stand in databases.</summary>
public enum OperationKind
{
    /// <summary>An attempt of an activity.</summary>
    Activity = 1,

    /// <summary>An attempt of a call of an object.</summary>
    Call = 2,

    /// <summary>A signal to an object.</summary>
    Signal = 3,

    /// <summary>A sleep.</summary>
    Sleep = 4,

    /// <summary>The wait for an event.</summary>
    Event = 5,

    /// <summary>A child workflow.</summary>
    Child = 6,

    /// <summary>A wait that is no step of its own: between two attempts, or beside the wait for an event.</summary>
    Timer = 7,
}
