using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The base of an object that is a state machine: states and triggers declared in one place, with guards, entry and exit actions,
/// timeouts, a history, and a diagram made from the declaration. A transition, its actions and their effects commit together.
/// </summary>
/// <remarks>
/// The base class owns the object's alarm. A deriving class that wants to be woken for something else asks for it with
/// <see cref="SetWakeUp"/> and overrides <see cref="OnWakeUp"/>; it does not touch the alarm itself. Its tables begin with
/// <c>machine_</c>; a deriving class appends its own to <see cref="Migrations"/>.
/// </remarks>
/// <typeparam name="TState">The states: an enumeration.</typeparam>
/// <typeparam name="TTrigger">The triggers: an enumeration.</typeparam>
/// <param name="context">What the runtime gives the instance.</param>
public abstract class StateMachineObject<TState, TTrigger>(ObjectContext context)
    : DurableObject(context), IStateMachine<TState, TTrigger>
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    private const string WakeUpKey = "machine-wake-up";

    /// <summary>What is stored of timeouts, by their triggers, and of the wake-up that failed in all their retries.</summary>
    private const string TimeoutsGivenUpKey = "machine-timeouts-given-up";

    private const string WakeUpGivenUpKey = "machine-wake-up-given-up";

    private StateMachine<TState, TTrigger>? _machine;
    private bool _isFiring;

    private StateMachine<TState, TTrigger> Machine
    {
        get
        {
            if (_machine is null)
            {
                StateMachine<TState, TTrigger> machine = Declare();
                machine.Check(GetType());
                _machine = machine;
            }
            return _machine;
        }
    }

    private ObjectSql Sql => Storage.Sql;

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    private Stay Current => Sql.Exec("SELECT state, since FROM machine_stay").FirstOrDefault() is { } row
        ? new Stay(MachineName.Parse<TState>(row.Get<string>(0)!), row.Get<long>(1))
        : new Stay(Machine.Initial, null);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE machine_stay(state TEXT NOT NULL, since INTEGER NOT NULL);
        CREATE TABLE machine_timeout(fires TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE machine_transition(
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, fired TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
            is_timeout INTEGER NOT NULL, by TEXT, argument TEXT);
        """,
    ];

    /// <inheritdoc/>
    public async Task<MachineState<TState, TTrigger>> Fire(TTrigger trigger, JsonElement? argument = null)
    {
        if (!Enum.IsDefined(trigger))
        {
            throw Argument.Invalid($"'trigger' is {trigger}; it must be one of {Names(Enum.GetValues<TTrigger>())}.");
        }
        string? json = Argument.Json(argument, "argument", StateMachineLimits.ArgumentBytes);
        if (_isFiring)
        {
            throw new DurableObjectException(
                500, ErrorCodes.InvalidUse,
                $"An action may not fire '{MachineName.Of(trigger)}': the transition that it belongs to has not ended.");
        }
        // What is due by now has come before this, though its alarm has not.
        while (Timeouts() is [{ } timeout, ..] && timeout.Due <= Now)
        {
            await FireTimeout(timeout);
        }
        TState state = Current.State;
        MachineEdge<TState, TTrigger>? edge = Machine.IsInternal(trigger) ? null : OpenEdge(state, trigger);
        await Take(edge ?? throw NotPermitted(state, trigger), json, isTimeout: false);
        Storage.Delete(WakeUpGivenUpKey);
        SetAlarmForNext();
        return GetState();
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<MachineState<TState, TTrigger>> State() => Task.FromResult(GetState());

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<TTrigger>> Permitted() => Task.FromResult(PermittedIn(Current.State));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<MachineTransition>> History(int limit = 100, long? before = null)
    {
        Argument.Within(limit, "limit", 1, StateMachineLimits.MaxHistory);
        IEnumerable<TransitionRow> rows = Sql.Exec(
            "SELECT * FROM (SELECT * FROM machine_transition WHERE id < ? ORDER BY id DESC LIMIT ?) ORDER BY id",
            before ?? long.MaxValue, limit).As<TransitionRow>();
        return Task.FromResult<IReadOnlyList<MachineTransition>>([.. rows.Select(row => row.ToTransition())]);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<string> Diagram() => Task.FromResult(MachineDiagram.Of(Machine));

    /// <summary>
    /// Declares the machine. Called once for each instance, which may be a reader, so it only declares; guards and actions may use the
    /// instance.
    /// </summary>
    protected abstract StateMachine<TState, TTrigger> Declare();

    /// <summary>
    /// Runs at the end of each transition, internal ones too, when the new state is stored. Here it sends <c>transition</c> to the
    /// object's sockets. If it throws, the transition did not happen.
    /// </summary>
    protected virtual ValueTask OnTransitioned(MachineTransition transition)
    {
        Context.Sockets.Send("transition", transition);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Runs when the time of <see cref="SetWakeUp"/> has come. It may come late, and again if it throws: after 2, 4, 8, 16 and 32 s, and
    /// then after the next trigger.
    /// </summary>
    protected virtual ValueTask OnWakeUp(AlarmInfo alarm) => ValueTask.CompletedTask;

    /// <summary>Asks for <see cref="OnWakeUp"/> at a time, in place of one asked for before; null for none.</summary>
    protected void SetWakeUp(DateTimeOffset? at)
    {
        if (at is { } time)
        {
            // Rounded up, since it is never early.
            Storage.Put(WakeUpKey, time.AddTicks(TimeSpan.TicksPerMillisecond - 1).ToUnixTimeMilliseconds());
        }
        else
        {
            Storage.Delete(WakeUpKey);
        }
        Storage.Delete(WakeUpGivenUpKey);
        SetAlarmForNext();
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.Send("state", GetState());
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override async ValueTask OnAlarm(AlarmInfo alarm)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        // One for each alarm, so that what one does cannot undo another.
        if (Next() is { } next && next.Due <= Now)
        {
            if (alarm.RetryCount == Limits.AlarmRetries)
            {
                // Without trying it: if that failed or took too long, the runtime would drop the alarm, which is everybody's.
                GiveUp(next);
            }
            else if (next.Fires == WakeUpKey)
            {
                Storage.Delete(WakeUpKey);
                await OnWakeUp(alarm);
            }
            else
            {
                await FireTimeout(next);
            }
        }
        SetAlarmForNext();
    }

    private static string Names(IEnumerable<TTrigger> triggers) =>
        string.Join(", ", triggers.Select(one => $"'{MachineName.Of(one)}'")) is { Length: > 0 } names ? names : "nothing";

    private MachineState<TState, TTrigger> GetState()
    {
        Stay stay = Current;
        return new MachineState<TState, TTrigger>(
            stay.State, stay.Since is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null, PermittedIn(stay.State),
            [
                .. Timeouts().Select(row => new MachineTimeout(row.Fires, DateTimeOffset.FromUnixTimeMilliseconds(row.Due))),
            ]);
    }

    private IReadOnlyList<TTrigger> PermittedIn(TState state) =>
    [
        .. Machine.Of(state).Transitions.Where(edge => !Machine.IsInternal(edge.Trigger) && edge.IsOpen)
            .Select(edge => edge.Trigger).Distinct(),
    ];

    private MachineEdge<TState, TTrigger>? OpenEdge(TState state, TTrigger trigger) =>
        Machine.Of(state).Transitions.FirstOrDefault(edge => edge.Trigger.Equals(trigger) && edge.IsOpen);

    private DurableObjectException NotPermitted(TState state, TTrigger trigger)
    {
        string[] unmet =
        [
            .. Machine.Of(state).Transitions.Where(edge => edge.Trigger.Equals(trigger) && edge.Guard is not null)
                .Select(edge => edge.Guard!.Description),
        ];
        string why = Machine.IsInternal(trigger) ? " (only the machine itself fires it)"
            : unmet.Length > 0 ? $" (unless {string.Join(", or ", unmet)})"
            : "";
        return new DurableObjectException(
            409, StateMachineLimits.NotPermitted,
            $"'{MachineName.Of(trigger)}' is not permitted in the state '{MachineName.Of(state)}'{why}; "
            + $"permitted: {Names(PermittedIn(state))}.");
    }

    /// <summary>Fires what a timeout fires, if the state permits it; if its guards do not, the timeout has passed.</summary>
    private async ValueTask FireTimeout(DueRow timeout)
    {
        Sql.Exec("DELETE FROM machine_timeout WHERE fires = ?", timeout.Fires);
        if (OpenEdge(Current.State, MachineName.Parse<TTrigger>(timeout.Fires)) is { } edge)
        {
            await Take(edge, null, isTimeout: true);
        }
    }

    private async ValueTask Take(MachineEdge<TState, TTrigger> edge, string? argument, bool isTimeout)
    {
        Stay stay = Current;
        // One time for all of it, however long its actions take.
        long now = Now;
        Transition<TState, TTrigger> transition = new(
            edge.Trigger, stay.State, edge.To,
            argument is null ? null : JsonSerializer.Deserialize<JsonElement>(argument, ObjectJson.Options));
        _isFiring = true;
        try
        {
            if (edge.Action is { } action)
            {
                await action(transition);
                if (stay.Since is null)
                {
                    // The first trigger of all, which does not lead away: the initial stay begins with it.
                    Enter(stay.State, now);
                    BeginTimeouts(stay.State, now);
                }
            }
            else
            {
                await (Machine.Of(stay.State).Exit?.Invoke(transition) ?? ValueTask.CompletedTask);
                Enter(edge.To, now);
                await (Machine.Of(edge.To).Entry?.Invoke(transition) ?? ValueTask.CompletedTask);
                BeginTimeouts(edge.To, now);
            }
            await OnTransitioned(Remember(transition, argument, now, isTimeout));
        }
        finally
        {
            _isFiring = false;
        }
    }

    private void Enter(TState state, long now)
    {
        Sql.Exec("DELETE FROM machine_stay");
        Sql.Exec("DELETE FROM machine_timeout");
        Storage.Delete(TimeoutsGivenUpKey);
        Sql.Exec("INSERT INTO machine_stay VALUES (?, ?)", MachineName.Of(state), now);
    }

    private void BeginTimeouts(TState state, long now)
    {
        foreach (MachineDelay<TTrigger> timeout in Machine.Of(state).Timeouts)
        {
            Sql.Exec("INSERT INTO machine_timeout VALUES (?, ?)", MachineName.Of(timeout.Trigger), timeout.DueAfter(now));
        }
    }

    private MachineTransition Remember(Transition<TState, TTrigger> transition, string? argument, long now, bool isTimeout)
    {
        string? by = !isTimeout && Context.Caller.Id is { } id ? Argument.Shorten(id) : null;
        TransitionRow row = Sql.Exec(
            """
            INSERT INTO machine_transition(at, fired, source, target, is_timeout, by, argument) VALUES (?, ?, ?, ?, ?, ?, ?)
            RETURNING *
            """, now, MachineName.Of(transition.Trigger), MachineName.Of(transition.From), MachineName.Of(transition.To), isTimeout, by,
            argument).As<TransitionRow>().Single();
        Sql.Exec("DELETE FROM machine_transition WHERE id <= ?", row.Id - StateMachineLimits.MaxHistory);
        return row.ToTransition();
    }

    private List<DueRow> Timeouts() => [.. Sql.Exec("SELECT fires, due FROM machine_timeout ORDER BY due, fires").As<DueRow>()];

    /// <summary>What the alarm is for: the earliest of what was not given up, a timeout before the wake-up.</summary>
    private DueRow? Next()
    {
        IEnumerable<DueRow> all = Timeouts().ExceptBy(Storage.Get<string[]>(TimeoutsGivenUpKey, []), one => one.Fires);
        if (Storage.Get<long?>(WakeUpKey) is { } wakeUp && !Storage.Get<bool>(WakeUpGivenUpKey))
        {
            all = all.Append(new DueRow(WakeUpKey, wakeUp));
        }
        return all.MinBy(one => one.Due);
    }

    private void GiveUp(DueRow failed)
    {
        if (failed.Fires == WakeUpKey)
        {
            Storage.Put(WakeUpGivenUpKey, true);
        }
        else
        {
            Storage.Put<string[]>(TimeoutsGivenUpKey, [.. Storage.Get<string[]>(TimeoutsGivenUpKey, []), failed.Fires]);
        }
        Context.Logger.MachineGaveUp(Context.Address, failed.Fires);
    }

    private void SetAlarmForNext()
    {
        if (Next() is { } next)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(next.Due));
        }
        else
        {
            Storage.DeleteAlarm();
        }
    }

    private sealed record Stay(TState State, long? Since);

    /// <summary>A timeout, by its trigger, or the wake-up, by its key, which is no trigger's name.</summary>
    private sealed record DueRow(string Fires, long Due);

    private sealed record TransitionRow(
        long Id, long At, string Fired, string Source, string Target, bool IsTimeout, string? By, string? Argument)
    {
        public MachineTransition ToTransition() => new(
            Id, DateTimeOffset.FromUnixTimeMilliseconds(At), Fired, Source, Target, IsTimeout, By,
            Argument is null ? null : JsonSerializer.Deserialize<JsonElement>(Argument, ObjectJson.Options));
    }
}
