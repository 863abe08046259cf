using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>Something that happened to a workflow, in the order in which it took note.</summary>
/// <param name="Sequence">The order.</param>
/// <param name="At">When.</param>
/// <param name="Number">The operation that has ended; 0 if it is an event.</param>
/// <param name="Event">The event's name.</param>
/// <param name="Outcome">What came of the operation; what the event came with.</param>
public sealed record Happening(long Sequence, DateTimeOffset At, long Number, string? Event, StepOutcome Outcome)
{
    /// <summary>What the event came with.</summary>
    public JsonElement? Payload => Outcome.Value;
}
