using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>The methods that every <see cref="StateMachineObject{TState, TTrigger}"/> has.</summary>
/// <typeparam name="TState">The states.</typeparam>
/// <typeparam name="TTrigger">The triggers.</typeparam>
public interface IStateMachine<TState, TTrigger>
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    /// <summary>Fires a trigger: takes the transition that the current state has for it, with all actions, or nothing.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="argument">
    /// Any JSON, of at most <see cref="StateMachineLimits.ArgumentBytes"/> and <see cref="JsonLimits.Depth"/> levels, for the
    /// actions; it stays in the history.
    /// </param>
    /// <returns>The state then.</returns>
    /// <exception cref="DurableObjectException">
    /// There is no such trigger, or the argument is too long or too deep (400); the trigger is not permitted now (409
    /// <c>trigger-not-permitted</c>, with those that are); what an action throws.
    /// </exception>
    Task<MachineState<TState, TTrigger>> Fire(TTrigger trigger, JsonElement? argument = null);

    /// <summary>The state, what is permitted in it to this caller, and what its timeouts will fire. Read-only.</summary>
    Task<MachineState<TState, TTrigger>> State();

    /// <summary>The triggers that this caller may fire now, in the order of their declaration. Read-only.</summary>
    Task<IReadOnlyList<TTrigger>> Permitted();

    /// <summary>
    /// The newest transitions, oldest of them first; the last <see cref="StateMachineLimits.MaxHistory"/> are kept. Read-only.
    /// </summary>
    /// <param name="limit">How many at most: 1 to <see cref="StateMachineLimits.MaxHistory"/>.</param>
    /// <param name="before">Only transitions with a smaller id: give the first id of a page to get the page before it.</param>
    /// <exception cref="DurableObjectException">The limit is outside its limits (400).</exception>
    Task<IReadOnlyList<MachineTransition>> History(int limit = 100, long? before = null);

    /// <summary>The declaration as a diagram: the text of a Mermaid <c>stateDiagram-v2</c>. Read-only.</summary>
    Task<string> Diagram();
}
