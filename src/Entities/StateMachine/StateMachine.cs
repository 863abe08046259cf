namespace DurableObjects.Entities;

/// <summary>The declaration of a state machine: its states, and what each trigger does in each of them.</summary>
/// <remarks>The words are those of the Stateless library; <c>After</c> is that of SCXML's and XState's delayed transitions.</remarks>
/// <typeparam name="TState">The states.</typeparam>
/// <typeparam name="TTrigger">The triggers.</typeparam>
/// <param name="initial">The state that a machine is in before anything was fired.</param>
public sealed class StateMachine<TState, TTrigger>(TState initial)
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    private readonly Dictionary<TState, StateConfiguration<TState, TTrigger>> _states = [];
    private readonly HashSet<TTrigger> _internal = [];

    /// <summary>The state that a machine is in before anything was fired.</summary>
    public TState Initial => initial;

    /// <summary>The states that were configured, in that order.</summary>
    internal IReadOnlyCollection<StateConfiguration<TState, TTrigger>> States => _states.Values;

    /// <summary>A state, to say what it does. A state that is not configured is final: nothing is permitted in it.</summary>
    public StateConfiguration<TState, TTrigger> Configure(TState state)
    {
        if (!_states.TryGetValue(state, out StateConfiguration<TState, TTrigger>? configuration))
        {
            _states[state] = configuration = new StateConfiguration<TState, TTrigger>(state);
        }
        return configuration;
    }

    /// <summary>Keeps triggers to the machine itself: timeouts fire them, callers may not.</summary>
    public StateMachine<TState, TTrigger> Internal(params IReadOnlyList<TTrigger> triggers)
    {
        _internal.UnionWith(triggers);
        return this;
    }

    /// <summary>Whether callers may not fire a trigger.</summary>
    internal bool IsInternal(TTrigger trigger) => _internal.Contains(trigger);

    /// <summary>What a state does; nothing if it was not configured.</summary>
    internal StateConfiguration<TState, TTrigger> Of(TState state) =>
        _states.GetValueOrDefault(state) ?? new StateConfiguration<TState, TTrigger>(state);

    /// <summary>Every state that a machine can be in: those configured, those that a transition leads to, the initial one.</summary>
    internal IEnumerable<TState> AllStates() =>
        _states.Keys.Prepend(initial).Concat(_states.Values.SelectMany(one => one.Transitions.Select(edge => edge.To))).Distinct();

    /// <summary>Refuses what cannot be right.</summary>
    /// <exception cref="DurableObjectException">It names the state and the trigger (500 <c>broken-state-machine</c>).</exception>
    internal void Check(Type owner)
    {
        if (FindFault() is { } fault)
        {
            throw new DurableObjectException(
                500, StateMachineLimits.BrokenDeclaration, $"The state machine of {owner.Name} is broken: {fault}");
        }
    }

    private string? FindFault()
    {
        HashSet<TState> reached = [initial];
        Queue<TState> open = new(reached);
        while (open.TryDequeue(out TState from))
        {
            foreach (TState to in Of(from).Transitions.Select(edge => edge.To).Where(reached.Add))
            {
                open.Enqueue(to);
            }
        }
        if (AllStates().Cast<TState?>().FirstOrDefault(one => !Enum.IsDefined(one!.Value)) is { } undefined)
        {
            return $"{undefined} is no {typeof(TState).Name}.";
        }
        foreach (StateConfiguration<TState, TTrigger> state in _states.Values)
        {
            if (!reached.Contains(state.State) && !state.IsRetired)
            {
                return $"no transitions lead from {initial} to {state.State}. "
                    + $"If objects may still be in it, mark it {nameof(state.Retired)}.";
            }
            if (state.FindFault() is { } fault)
            {
                return fault;
            }
        }
        return null;
    }
}
