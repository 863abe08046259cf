namespace DurableObjects.Entities;

/// <summary>The declaration of one state.</summary>
/// <typeparam name="TState">The states.</typeparam>
/// <typeparam name="TTrigger">The triggers.</typeparam>
public sealed class StateConfiguration<TState, TTrigger>
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    private readonly List<MachineEdge<TState, TTrigger>> _transitions = [];
    private readonly List<MachineDelay<TTrigger>> _timeouts = [];
    private readonly List<string> _faults = [];

    internal StateConfiguration(TState state) => State = state;

    /// <summary>The state.</summary>
    public TState State { get; }

    internal IReadOnlyList<MachineEdge<TState, TTrigger>> Transitions => _transitions;

    internal IReadOnlyList<MachineDelay<TTrigger>> Timeouts => _timeouts;

    internal Func<Transition<TState, TTrigger>, ValueTask>? Entry { get; private set; }

    internal Func<Transition<TState, TTrigger>, ValueTask>? Exit { get; private set; }

    internal bool IsRetired { get; private set; }

    /// <summary>A trigger leads to another state.</summary>
    public StateConfiguration<TState, TTrigger> Permit(TTrigger trigger, TState to) => Add(trigger, to, null, null);

    /// <summary>
    /// A trigger leads to another state if a guard holds. Of several for one trigger the first that holds is taken; one without a
    /// guard may stand last.
    /// </summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="to">The state that it leads to.</param>
    /// <param name="guard">
    /// Decides by what is stored, by the time or by the caller, and changes nothing: readers run it too. What depends on the argument
    /// is the action's to refuse, by throwing.
    /// </param>
    /// <param name="description">The guard in words, for errors and the diagram.</param>
    public StateConfiguration<TState, TTrigger> PermitIf(TTrigger trigger, TState to, Func<bool> guard, string description) =>
        Add(trigger, to, new MachineGuard(guard, description), null);

    /// <summary>A trigger leaves the state and enters it again: both actions run, and timeouts begin anew.</summary>
    public StateConfiguration<TState, TTrigger> PermitReentry(TTrigger trigger) => Add(trigger, State, null, null);

    /// <summary>The same if a guard holds.</summary>
    public StateConfiguration<TState, TTrigger> PermitReentryIf(TTrigger trigger, Func<bool> guard, string description) =>
        Add(trigger, State, new MachineGuard(guard, description), null);

    /// <summary>A trigger does something without leaving the state: its timeouts run on.</summary>
    public StateConfiguration<TState, TTrigger> InternalTransition(
        TTrigger trigger, Func<Transition<TState, TTrigger>, ValueTask> action) =>
        Add(trigger, State, null, action);

    /// <summary>The same, with an action that waits for nothing.</summary>
    public StateConfiguration<TState, TTrigger> InternalTransition(TTrigger trigger, Action<Transition<TState, TTrigger>> action) =>
        Add(trigger, State, null, Awaitable(action));

    /// <summary>The same if a guard holds.</summary>
    public StateConfiguration<TState, TTrigger> InternalTransitionIf(
        TTrigger trigger, Func<bool> guard, string description, Action<Transition<TState, TTrigger>> action) =>
        Add(trigger, State, new MachineGuard(guard, description), Awaitable(action));

    /// <summary>Runs when the state is entered, after the exit action of the one before. If it throws, nothing has happened.</summary>
    public StateConfiguration<TState, TTrigger> OnEntry(Func<Transition<TState, TTrigger>, ValueTask> action)
    {
        Once(Entry, nameof(OnEntry));
        Entry = action;
        return this;
    }

    /// <summary>The same, with an action that waits for nothing.</summary>
    public StateConfiguration<TState, TTrigger> OnEntry(Action<Transition<TState, TTrigger>> action) => OnEntry(Awaitable(action));

    /// <summary>Runs when the state is left. If it throws, nothing has happened.</summary>
    public StateConfiguration<TState, TTrigger> OnExit(Func<Transition<TState, TTrigger>, ValueTask> action)
    {
        Once(Exit, nameof(OnExit));
        Exit = action;
        return this;
    }

    /// <summary>The same, with an action that waits for nothing.</summary>
    public StateConfiguration<TState, TTrigger> OnExit(Action<Transition<TState, TTrigger>> action) => OnExit(Awaitable(action));

    /// <summary>Fires a trigger when the state has not been left for so long.</summary>
    public StateConfiguration<TState, TTrigger> After(TimeSpan delay, TTrigger trigger) =>
        After(() => delay, trigger, MachineDelay<TTrigger>.Text(delay));

    /// <summary>The same after a time that is asked for when the state has been entered, after its action.</summary>
    /// <param name="delay">How long: a millisecond to <see cref="StateMachineLimits.LongestTimeout"/>.</param>
    /// <param name="trigger">The trigger.</param>
    /// <param name="description">The time in words, for the diagram.</param>
    public StateConfiguration<TState, TTrigger> After(Func<TimeSpan> delay, TTrigger trigger, string description)
    {
        _timeouts.Add(new MachineDelay<TTrigger>(trigger, delay, description));
        return this;
    }

    /// <summary>Says that no way leads here any more, although objects may still be in it.</summary>
    public StateConfiguration<TState, TTrigger> Retired()
    {
        IsRetired = true;
        return this;
    }

    /// <summary>What is wrong with the state, or null.</summary>
    internal string? FindFault()
    {
        foreach (IGrouping<TTrigger, MachineEdge<TState, TTrigger>> edges in _transitions.GroupBy(edge => edge.Trigger))
        {
            if (!Enum.IsDefined(edges.Key))
            {
                return $"{edges.Key} in {State} is no {typeof(TTrigger).Name}.";
            }
            if (edges.SkipLast(1).Any(edge => edge.Guard is null))
            {
                return $"{State} has a transition for {edges.Key} after one without a guard, so it would never be taken.";
            }
        }
        foreach (MachineDelay<TTrigger> timeout in _timeouts)
        {
            if (_transitions.All(edge => !edge.Trigger.Equals(timeout.Trigger)))
            {
                return $"{State} has a timeout that fires {timeout.Trigger}, and no transition for it.";
            }
            if (_timeouts.Count(one => one.Trigger.Equals(timeout.Trigger)) > 1)
            {
                return $"{State} has two timeouts that fire {timeout.Trigger}.";
            }
        }
        return _faults.FirstOrDefault();
    }

    private static Func<Transition<TState, TTrigger>, ValueTask> Awaitable(Action<Transition<TState, TTrigger>> action) => transition =>
    {
        action(transition);
        return ValueTask.CompletedTask;
    };

    private void Once(object? before, string what)
    {
        if (before is not null)
        {
            _faults.Add($"{State} has two of {what}.");
        }
    }

    private StateConfiguration<TState, TTrigger> Add(
        TTrigger trigger, TState to, MachineGuard? guard, Func<Transition<TState, TTrigger>, ValueTask>? action)
    {
        _transitions.Add(new MachineEdge<TState, TTrigger>(trigger, to, guard, action));
        return this;
    }
}
