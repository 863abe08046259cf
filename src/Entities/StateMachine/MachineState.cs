namespace DurableObjects.Entities;

/// <summary>How a state machine stands.</summary>
/// <param name="State">The state that it is in.</param>
/// <param name="Since">Since when, in UTC, to the millisecond; null before anything was fired.</param>
/// <param name="Permitted">The triggers that the caller may fire now.</param>
/// <param name="Timeouts">What will be fired if the state is not left before, the next first.</param>
public sealed record MachineState<TState, TTrigger>(
    TState State, DateTimeOffset? Since, IReadOnlyList<TTrigger> Permitted, IReadOnlyList<MachineTimeout> Timeouts)
    where TState : struct, Enum
    where TTrigger : struct, Enum;

/// <summary>A timeout of the stay in a state.</summary>
/// <param name="Trigger">What it fires.</param>
/// <param name="At">When, in UTC, to the millisecond. If this has passed it is about to.</param>
public sealed record MachineTimeout(string Trigger, DateTimeOffset At);
