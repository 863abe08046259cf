namespace DurableObjects.Workflows;

/// <summary>Something that a workflow's code asked for: its place in the history, and what it must be if it is asked for again.</summary>
/// <param name="Number">1, 2, 3 … in the order in which the code asked.</param>
/// <param name="Step">The step that it is a part of.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">What it is about.</param>
/// <param name="Attempt">Which attempt of the step; 0 if it is none.</param>
internal sealed record Operation(long Number, int Step, OperationKind Kind, string Name, int Attempt)
{
    public override string ToString() => Attempt > 1
        ? $"step {Step}, {Kind.ToString().ToLowerInvariant()} '{Name}', attempt {Attempt}"
        : $"step {Step}, {Kind.ToString().ToLowerInvariant()} '{Name}'";
}

/// <summary>What an operation is. The numbers stand in databases.</summary>
internal enum OperationKind
{
    Activity = 1,
    Call = 2,
    Signal = 3,
    Sleep = 4,
    Event = 5,
    Child = 6,

    /// <summary>A wait that is no step of its own: between two attempts, or beside the wait for an event.</summary>
    Timer = 7,
}
