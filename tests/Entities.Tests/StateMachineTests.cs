using System.Text.Json;
using DurableObjects.Harness;
using DurableObjects.Turns;
using Microsoft.Extensions.DependencyInjection;
using static DurableObjects.Entities.Tests.Gate;

namespace DurableObjects.Entities.Tests;

public sealed class StateMachineTests : IAsyncLifetime
{
    private readonly TestHost _host = new(
        [typeof(GateObject), typeof(FaultyObject), typeof(Lamp)], services => services.AddSingleton<Tries>());

    private IStateMachine<Gate, Push> Machine => _host.Objects.Get<IStateMachine<Gate, Push>>(Address);

    private ObjectAddress Address => ObjectAddress.OfName("gate", "gate");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task It_begins_in_its_initial_state_and_exists_from_the_first_trigger()
    {
        MachineState<Gate, Push> state = await Machine.State();

        Assert.Equal((Closed, null), (state.State, state.Since));
        Assert.Equal([Push.Open, Push.Count], state.Permitted);
        Assert.Empty(state.Timeouts);
        Assert.False(_host.SummaryOf(Address).Exists);
    }

    [Fact]
    public async Task A_trigger_takes_its_transition_with_exit_and_entry_actions_in_order()
    {
        await Machine.Fire(Push.Open);
        await _host.HibernateAllAsync(rebuild: true);
        _host.Clock.Advance(TimeSpan.FromMilliseconds(7));
        MachineState<Gate, Push> state = await Machine.Fire(Push.Close);

        Assert.Equal((Closed, FakeClock.DefaultStart.AddMilliseconds(7)), (state.State, state.Since));
        Assert.Equal(["exit closed", "enter open", "exit open"], await Notes());
    }

    [Fact]
    public async Task What_is_not_permitted_is_refused_with_what_is()
    {
        await Expect.Refusal(
            409, StateMachineLimits.NotPermitted, () => Machine.Fire(Push.Close), "'close'", "'closed'", "'open', 'count'");
        await Machine.Fire(Push.Open);
        await Expect.Refusal(409, StateMachineLimits.NotPermitted, () => Machine.Fire(Push.Lock), "unless counted twice", "'close'");
        await Expect.Refusal(409, StateMachineLimits.NotPermitted, () => Machine.Fire(Push.Tire), "only the machine itself");
        await Expect.InvalidArgument(() => Machine.Fire((Push)99), "'trigger'", "'open'");
    }

    [Fact]
    public async Task A_guard_decides_by_what_is_stored_and_so_does_what_is_permitted()
    {
        await Machine.Fire(Push.Count);
        await Machine.Fire(Push.Count);
        MachineState<Gate, Push> state = await Machine.Fire(Push.Open);

        Assert.Contains(Push.Lock, state.Permitted);
        Assert.Equal(state.Permitted, await Machine.Permitted());
        Assert.Equal(Locked, (await Machine.Fire(Push.Lock)).State);
        Assert.Empty(await Machine.Permitted());
    }

    [Fact]
    public async Task An_action_that_throws_leaves_everything_as_it_was()
    {
        await Machine.Fire(Push.Open);
        int commits = _host.CommitsOf(Address).Count;

        await Expect.Refusal(418, "teapot", () => Machine.Fire(Push.Close, Json("\"fail\"")));

        Assert.Equal(Open, (await Machine.State()).State);
        Assert.Equal(commits, _host.CommitsOf(Address).Count);
        Assert.Single(await Machine.History());
    }

    [Fact]
    public async Task A_timeout_fires_to_the_millisecond_if_the_state_was_not_left()
    {
        MachineState<Gate, Push> state = await Machine.Fire(Push.Open);
        Assert.Equal(
            [new("warn", FakeClock.DefaultStart.AddSeconds(10)), new("tire", FakeClock.DefaultStart.AddSeconds(60))], state.Timeouts);
        await _host.HibernateAllAsync(rebuild: true);

        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(59_999));
        Assert.Equal(Open, (await Machine.State()).State);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Closed, (await Machine.State()).State);
        Assert.Equal(
            [("open", false), ("warn", true), ("tire", true)], (await Machine.History()).Select(one => (one.Trigger, one.IsTimeout)));
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task A_timeout_belongs_to_one_stay()
    {
        await Machine.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(5));
        await Machine.Fire(Push.Close);
        await Machine.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(9_999));
        Assert.DoesNotContain(await Machine.History(), one => one.IsTimeout);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Single(await Machine.History(), one => one.IsTimeout);

        // An internal transition is no new stay; leaving the state and entering it again is one.
        await Machine.Fire(Push.Count);
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(65), Assert.Single((await Machine.State()).Timeouts).At);
        await Machine.Fire(Push.Open);
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(25), (await Machine.State()).Timeouts[0].At);
    }

    [Fact]
    public async Task An_alarm_that_comes_when_nothing_is_due_fires_nothing()
    {
        await Machine.Fire(Push.Open);
        await Machine.Fire(Push.Close);

        await _host.StepAsync(Address, new ClockTurn());
        await _host.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal(2, (await Machine.History()).Count);
    }

    [Fact]
    public async Task What_is_due_comes_before_a_trigger_though_its_alarm_is_late()
    {
        await Machine.Fire(Push.Open);
        _host.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(Open, (await Machine.State()).State);
        await Expect.Refusal(409, StateMachineLimits.NotPermitted, () => Machine.Fire(Push.Close), "'closed'");
        await Machine.Fire(Push.Open);

        Assert.Equal(["open", "warn", "tire", "open"], (await Machine.History()).Select(one => one.Trigger));
    }

    [Fact]
    public async Task A_timeout_whose_guard_does_not_hold_passes()
    {
        await Machine.Fire(Push.Count);
        await Machine.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(["count", "open"], (await Machine.History()).Select(one => one.Trigger));
        Assert.Single((await Machine.State()).Timeouts);
    }

    [Fact]
    public async Task The_history_names_who_and_what_and_keeps_the_last_thousand()
    {
        IStateMachine<Gate, Push> ann = _host.Objects.Get<IStateMachine<Gate, Push>>(Address, Caller.Of("ann"));
        await ann.Fire(Push.Count, Json("""{"n": 1}"""));
        MachineTransition first = Assert.Single(await Machine.History());
        Assert.Equal(
            (1, "count", "closed", "closed", "ann", false), (first.Id, first.Trigger, first.From, first.To, first.By, first.IsTimeout));
        Assert.Equal("""{"n":1}""", first.Argument!.Value.GetRawText());

        for (int i = 1; i <= StateMachineLimits.MaxHistory; i++)
        {
            await Machine.Fire(Push.Count);
        }

        IReadOnlyList<MachineTransition> all = await Machine.History(StateMachineLimits.MaxHistory);
        Assert.Equal((1_000, 2, 1_001), (all.Count, all[0].Id, all[^1].Id));
        Assert.Equal([3L, 4L], (await Machine.History(2, before: 5)).Select(one => one.Id));
        await Expect.InvalidArgument(() => Machine.History(0), "'limit'");
        await Expect.InvalidArgument(() => Machine.History(1_001), "'limit'", "1000");
    }

    [Fact]
    public async Task An_argument_has_four_KiB_at_most()
    {
        JsonElement most = JsonSerializer.SerializeToElement(new string('x', StateMachineLimits.ArgumentBytes - 2));
        JsonElement more = JsonSerializer.SerializeToElement(new string('x', StateMachineLimits.ArgumentBytes - 1));
        await Machine.Fire(Push.Count, most);
        await Expect.InvalidArgument(() => Machine.Fire(Push.Count, more), "'argument'");
    }

    [Fact]
    public async Task Sockets_hear_the_state_and_then_each_transition()
    {
        TestSocket socket = await _host.ConnectAsync(Address);
        await Machine.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(["state", "transition", "transition"], socket.Received.Select(one => one.Target));
        Assert.Contains("\"trigger\":\"warn\"", socket.Received[2].Arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_alarm_is_shared_with_what_the_class_itself_wants_to_be_woken_for()
    {
        await Machine.Fire(Push.Count, Json("\"wake in 20 s\""));
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(20), _host.SummaryOf(Address).Alarm);
        await Machine.Fire(Push.Open);
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(10), _host.SummaryOf(Address).Alarm);
        await Machine.Fire(Push.Close);
        Assert.Equal(FakeClock.DefaultStart.AddSeconds(20), _host.SummaryOf(Address).Alarm);
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(19_999));
        Assert.DoesNotContain("woken", await Notes());
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        Assert.Contains("woken", await Notes());
        Assert.Null(_host.SummaryOf(Address).Alarm);
    }

    [Fact]
    public async Task An_action_fires_nothing() =>
        await Expect.Refusal(500, ErrorCodes.InvalidUse, () => Machine.Fire(Push.Count, Json("\"fire\"")), "'open'");

    [Fact]
    public async Task The_diagram_shows_states_triggers_guards_and_timeouts() => Assert.Equal(
        """
        stateDiagram-v2
            [*] --> closed
            closed --> open : open
            closed --> closed : count (internal)
            open --> closed : close
            open --> open : open
            open --> open : count (internal)
            open --> locked : lock [counted twice#58; #35;2#59; really]
            open --> open : warn [never counted] after 10s (internal)
            open --> closed : tire after 1min
            locked --> [*]

        """.ReplaceLineEndings("\n"), await Machine.Diagram());

    [Theory]
    [InlineData("unreachable", "no transitions lead from Closed to Locked")]
    [InlineData("duplicate", "Closed has a transition for Open after one without a guard")]
    [InlineData("timeout twice", "Closed has two timeouts that fire Tire")]
    [InlineData("timeout for nothing", "Closed has a timeout that fires Tire, and no transition for it")]
    [InlineData("two entries", "Closed has two of OnEntry")]
    [InlineData("no state", "99 is no Gate")]
    [InlineData("no trigger", "99 in Closed is no Push")]
    public async Task A_broken_declaration_is_refused_at_first_use_and_named(string fault, string says)
    {
        IStateMachine<Gate, Push> machine = _host.Objects.Get<IStateMachine<Gate, Push>>(ObjectAddress.OfName("faulty", fault));

        await Expect.Refusal(500, StateMachineLimits.BrokenDeclaration, () => machine.State(), "FaultyObject", says);
        await Expect.Refusal(500, StateMachineLimits.BrokenDeclaration, () => machine.Fire(Push.Open), says);
    }

    [Theory]
    [InlineData("retired")]
    [InlineData("guarded duplicate")]
    public async Task What_looks_broken_and_is_not_is_taken(string name) =>
        Assert.Equal(Closed, (await _host.Objects.Get<IStateMachine<Gate, Push>>(ObjectAddress.OfName("faulty", name)).State()).State);

    [Theory]
    [InlineData("timeout of zero")]
    [InlineData("timeout of eleven years")]
    public async Task A_timeout_outside_its_limits_fails_the_transition(string name)
    {
        IStateMachine<Gate, Push> machine = _host.Objects.Get<IStateMachine<Gate, Push>>(ObjectAddress.OfName("faulty", name));
        await Expect.Refusal(500, StateMachineLimits.BrokenDeclaration, () => machine.Fire(Push.Open), "Tire", "3650");
        Assert.Equal(Closed, (await machine.State()).State);
    }

    [Fact]
    public async Task An_argument_is_nested_to_32_levels_at_most()
    {
        await Machine.Fire(Push.Count, Json(new string('[', 32) + new string(']', 32)));
        await Expect.InvalidArgument(
            () => Machine.Fire(Push.Count, Json(new string('[', 33) + new string(']', 33))), "'argument'", "32 levels");
        Assert.Single(await Machine.History());
    }

    [Fact]
    public async Task A_timeout_that_fails_for_good_does_not_hold_up_the_next_one()
    {
        IStateMachine<Gate, Push> lamp = Lamp("warn fails");
        await lamp.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Open, (await lamp.State()).State);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(76));

        Assert.Equal(Closed, (await lamp.State()).State);
        Assert.Equal(["open", "tire"], (await lamp.History()).Select(one => one.Trigger));
        Assert.Null(_host.SummaryOf(ObjectAddress.OfName("lamp", "warn fails")).Alarm);
    }

    [Fact]
    public async Task A_timeout_that_was_given_up_comes_before_the_next_trigger()
    {
        IStateMachine<Gate, Push> lamp = Lamp("warn fails");
        await lamp.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10 + 62));
        // Within the retries what is due comes first, and afterwards too.
        await Expect.Refusal(503, "mail-is-down", () => lamp.Fire(Push.Count));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(63));
        Assert.Equal(7, await _host.CallAsync<int>(ObjectAddress.OfName("lamp", "warn fails"), "tries"));
        await Expect.Refusal(503, "mail-is-down", () => lamp.Fire(Push.Count));
    }

    [Fact]
    public async Task A_wake_up_that_fails_for_good_does_not_hold_up_timeouts_and_is_tried_again_after_the_next_trigger()
    {
        ObjectAddress address = ObjectAddress.OfName("lamp", "wake-up fails");
        IStateMachine<Gate, Push> lamp = Lamp("wake-up fails");
        await lamp.Fire(Push.Open);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(9 + 126));
        Assert.Equal(["open", "warn", "tire"], (await lamp.History()).Select(one => one.Trigger));
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        int tries = await _host.CallAsync<int>(address, "tries");
        Assert.Null(_host.SummaryOf(address).Alarm);

        await lamp.Fire(Push.Count);
        await _host.TickAsync();
        Assert.True(await _host.CallAsync<int>(address, "tries") > tries);
    }

    [Fact]
    public async Task The_initial_stay_begins_with_the_first_trigger_and_so_do_its_timeouts()
    {
        IStateMachine<Gate, Push> lamp = Lamp("at first");
        await _host.AdvanceAsync(TimeSpan.FromHours(1));
        MachineState<Gate, Push> state = await lamp.Fire(Push.Count);
        Assert.Equal([new("lock", _host.Clock.GetUtcNow().AddSeconds(30))], state.Timeouts);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(state.Timeouts, (await lamp.Fire(Push.Count)).Timeouts);
        await _host.AdvanceAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(Locked, (await lamp.State()).State);
    }

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private IStateMachine<Gate, Push> Lamp(string name) => _host.Objects.Get<IStateMachine<Gate, Push>>(ObjectAddress.OfName("lamp", name));

    private async Task<string[]> Notes() => (await _host.CallAsync<string[]>(Address, "notes"))!;
}

public enum Gate
{
    Closed,
    Open,
    Locked,
}

public enum Push
{
    Open,
    Close,
    Count,
    Lock,
    Warn,
    Tire,
}

/// <summary>A gate that closes by itself and can be locked when it was counted twice.</summary>
[DurableObject("gate")]
public sealed class GateObject(ObjectContext context) : StateMachineObject<Gate, Push>(context)
{
    [ReadOnlyMethod]
    public string[] Notes() => Storage.Get<string[]>("notes", []);

    protected override StateMachine<Gate, Push> Declare()
    {
        StateMachine<Gate, Push> machine = new(Closed);
        machine.Internal(Push.Warn, Push.Tire);
        machine.Configure(Closed)
            .Permit(Push.Open, Open)
            .InternalTransition(Push.Count, Count)
            .OnExit(_ => Note("exit closed"));
        machine.Configure(Open)
            .OnEntry(_ => Note("enter open"))
            .OnExit(async transition =>
            {
                await Task.Yield();
                Note("exit open");
                if (transition.Argument is { ValueKind: JsonValueKind.String })
                {
                    throw new DurableObjectException(418, "teapot", "as its argument says");
                }
            })
            .Permit(Push.Close, Closed)
            .PermitReentry(Push.Open)
            .InternalTransition(Push.Count, Count)
            .PermitIf(Push.Lock, Locked, () => Storage.Get<int>("count") >= 2, "counted twice: #2; really")
            .InternalTransitionIf(Push.Warn, () => Storage.Get<int>("count") == 0, "never counted", _ => { })
            .Permit(Push.Tire, Closed)
            .After(TimeSpan.FromSeconds(10), Push.Warn)
            .After(TimeSpan.FromMinutes(1), Push.Tire);
        return machine;
    }

    protected override ValueTask OnWakeUp(AlarmInfo alarm)
    {
        Note("woken");
        return ValueTask.CompletedTask;
    }

    private async ValueTask Count(Transition<Gate, Push> transition)
    {
        Storage.Put("count", Storage.Get<int>("count") + 1);
        switch (transition.Argument is { ValueKind: JsonValueKind.String } text ? text.GetString() : null)
        {
            case "wake in 20 s":
                SetWakeUp(Context.Now.AddSeconds(20));
                break;
            case "fire":
                await Fire(Push.Open);
                break;
        }
    }

    private void Note(string text) => Storage.Put<string[]>("notes", [.. Notes(), text]);
}

/// <summary>A machine in which fails what its name says.</summary>
[DurableObject("lamp")]
public sealed class Lamp(ObjectContext context, Tries tries) : StateMachineObject<Gate, Push>(context)
{
    [ReadOnlyMethod]
    public int Tries() => tries.Count;

    protected override StateMachine<Gate, Push> Declare()
    {
        StateMachine<Gate, Push> machine = new(Closed);
        StateConfiguration<Gate, Push> closed = machine.Configure(Closed)
            .Permit(Push.Open, Open)
            .InternalTransition(Push.Count, _ => { })
            .Permit(Push.Lock, Locked);
        if (Context.Name == "at first")
        {
            closed.After(TimeSpan.FromSeconds(30), Push.Lock);
        }
        machine.Configure(Open)
            .OnEntry(_ => SetWakeUp(Context.Name == "wake-up fails" ? Context.Now.AddSeconds(9) : null))
            .InternalTransition(Push.Count, _ => { })
            .InternalTransition(Push.Warn, _ => Fail("warn fails"))
            .Permit(Push.Tire, Closed)
            .After(TimeSpan.FromSeconds(10), Push.Warn)
            .After(TimeSpan.FromMinutes(1), Push.Tire);
        return machine;
    }

    protected override ValueTask OnWakeUp(AlarmInfo alarm)
    {
        Fail("wake-up fails");
        return ValueTask.CompletedTask;
    }

    private void Fail(string name)
    {
        if (Context.Name == name)
        {
            tries.Count++;
            throw new DurableObjectException(503, "mail-is-down", "as its name says");
        }
    }
}

/// <summary>Counts what a turn that fails cannot store.</summary>
public sealed class Tries
{
    public int Count { get; set; }
}

/// <summary>A machine whose declaration is as its name says.</summary>
[DurableObject("faulty")]
public sealed class FaultyObject(ObjectContext context) : StateMachineObject<Gate, Push>(context)
{
    protected override StateMachine<Gate, Push> Declare()
    {
        StateMachine<Gate, Push> machine = new(Closed);
        StateConfiguration<Gate, Push> closed = machine.Configure(Closed).Permit(Push.Open, Open);
        _ = Context.Name switch
        {
            "unreachable" => machine.Configure(Locked).Permit(Push.Open, Open),
            "retired" => machine.Configure(Locked).Permit(Push.Open, Open).Retired(),
            "duplicate" => closed.Permit(Push.Open, Locked),
            "guarded duplicate" => closed.PermitIf(Push.Close, Open, () => false, "never").Permit(Push.Close, Locked),
            "timeout twice" =>
                closed.Permit(Push.Tire, Open).After(TimeSpan.FromSeconds(1), Push.Tire).After(TimeSpan.FromSeconds(2), Push.Tire),
            "timeout for nothing" => closed.After(TimeSpan.FromSeconds(1), Push.Tire),
            "two entries" => closed.OnEntry(_ => { }).OnEntry(_ => { }),
            "no state" => closed.Permit(Push.Lock, (Gate)99),
            "no trigger" => closed.Permit((Push)99, Open),
            "timeout of zero" => machine.Configure(Open).Permit(Push.Tire, Closed).After(TimeSpan.Zero, Push.Tire),
            _ => machine.Configure(Open).Permit(Push.Tire, Closed).After(TimeSpan.FromDays(3_651), Push.Tire),
        };
        return machine;
    }
}
