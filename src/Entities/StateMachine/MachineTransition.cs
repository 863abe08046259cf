using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A transition as the history keeps it, with the names as they were then.</summary>
/// <param name="Id">Counts up from 1 in the machine.</param>
/// <param name="At">When, in UTC, to the millisecond.</param>
/// <param name="Trigger">What was fired.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after; the same for an internal transition, and where a state was left and entered again.</param>
/// <param name="IsTimeout">Whether a timeout fired it.</param>
/// <param name="By">Who fired it, as the host established it; null if nobody knows, and for a timeout.</param>
/// <param name="Argument">What came with it.</param>
public sealed record MachineTransition(
    long Id, DateTimeOffset At, string Trigger, string From, string To, bool IsTimeout, string? By, JsonElement? Argument);
