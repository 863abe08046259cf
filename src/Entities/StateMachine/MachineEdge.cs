namespace DurableObjects.Entities;

/// <summary>A transition as declared.</summary>
/// <param name="Trigger">What it is for.</param>
/// <param name="To">Where it leads.</param>
/// <param name="Guard">What must hold, or null.</param>
/// <param name="Action">What it does instead of leaving the state; null if it leaves it.</param>
internal sealed record MachineEdge<TState, TTrigger>(
    TTrigger Trigger, TState To, MachineGuard? Guard, Func<Transition<TState, TTrigger>, ValueTask>? Action)
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    /// <summary>Whether the state is not left.</summary>
    public bool IsInternal => Action is not null;

    /// <summary>Whether it can be taken now.</summary>
    public bool IsOpen => Guard?.Holds() ?? true;
}

/// <summary>A condition in code and in words.</summary>
internal sealed record MachineGuard(Func<bool> Holds, string Description);
