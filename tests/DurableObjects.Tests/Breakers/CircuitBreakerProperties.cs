using DurableObjects.Breakers;
using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Tests.Breakers;

public sealed class CircuitBreakerProperties
{
    /// <summary>Its tenth is a second, and time moves by whole seconds: so each outcome counts for exactly this long.</summary>
    private static readonly CircuitBreakerOptions Options = new()
    {
        FailureRatio = 0.4,
        MinimumThroughput = 3,
        SamplingDuration = TimeSpan.FromSeconds(10),
        BreakDuration = TimeSpan.FromSeconds(4),
    };

    private static readonly Config Repeatable = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithReplay(4_711, 13);

    private static readonly Gen<Step> Steps =
        from pause in Gen.Frequency((6, Gen.Constant(0)), (4, Gen.Choose(1, 3)), (2, Gen.Choose(4, 12)))
        from action in Gen.Frequency(
            (8, Gen.Constant(Action.Enter)), (8, Gen.Constant(Action.Report)), (1, Gen.Constant(Action.Lose)),
            (1, Gen.Elements(Action.Isolate, Action.Close, Action.Close)))
        from succeeded in Gen.Frequency((3, Gen.Constant(true)), (2, Gen.Constant(false)))
        from which in Gen.Choose(0, 5)
        select new Step(pause, action, succeeded, which);

    private enum Action
    {
        Enter,
        Report,
        Lose,
        Isolate,
        Close,
    }

    [Fact]
    public void It_decides_as_a_list_of_all_outcomes_would() =>
        Prop.ForAll(Steps.ListOf(60).ToArbitrary(), DecidesAsTheReference).Check(Repeatable);

    private static async Task DecidesAsTheReference(IEnumerable<Step> steps)
    {
        await using TestHost host = TestHost.Of(typeof(CircuitBreaker));
        ICircuitBreaker breaker = host.Objects.Get<ICircuitBreaker>("target");
        Reference reference = new(host.Clock);
        List<(long Permit, object Era)> allowed = [];
        foreach (Step step in steps)
        {
            await host.AdvanceAsync(TimeSpan.FromSeconds(step.Pause));
            switch (step.Action)
            {
                case Action.Enter:
                    (bool isAllowed, TimeSpan? retryAfter) = reference.Enter();
                    BreakerPermit asked = await breaker.Ask(Options);
                    BreakerPermit permit = await breaker.Enter(Options);
                    Assert.Equal((isAllowed, retryAfter), (permit.Allowed, permit.RetryAfter));
                    Assert.Equal(permit.Allowed, asked.Allowed || asked.RetryAfter == TimeSpan.Zero);
                    if (isAllowed)
                    {
                        allowed.Add((permit.Permit, reference.Era));
                    }
                    break;
                case Action.Report when allowed.Count > 0:
                    (long Permit, object Era) one = allowed[step.Which % allowed.Count];
                    allowed.Remove(one);
                    reference.Report(one.Era, step.Succeeded);
                    await breaker.Report(one.Permit, step.Succeeded, Options);
                    break;
                case Action.Lose:
                    allowed.Clear();
                    break;
                case Action.Isolate:
                    reference.Move(CircuitState.Isolated);
                    await breaker.Isolate();
                    break;
                case Action.Close:
                    reference.Close();
                    await breaker.Close();
                    break;
            }
            BreakerStatus status = await breaker.Status();
            Assert.Equal((reference.State, reference.TimesOpened), (status.State, status.TimesOpened));
        }
    }

    private sealed record Step(int Pause, Action Action, bool Succeeded, int Which);

    /// <summary>All outcomes ever, and the rules as the page of the object words them.</summary>
    private sealed class Reference(FakeClock clock)
    {
        private List<(DateTimeOffset At, bool Succeeded)> _outcomes = [];
        private DateTimeOffset _blockedUntil;

        public CircuitState State { get; private set; } = CircuitState.Closed;

        public object Era { get; private set; } = new();

        public long TimesOpened { get; private set; }

        public (bool Allowed, TimeSpan? RetryAfter) Enter()
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (State is CircuitState.Closed or CircuitState.Isolated)
            {
                return (State == CircuitState.Closed, null);
            }
            if (now < _blockedUntil)
            {
                return (false, _blockedUntil - now);
            }
            Era = new object();
            State = CircuitState.HalfOpen;
            _blockedUntil = now + Options.BreakDuration;
            return (true, null);
        }

        public void Report(object era, bool succeeded)
        {
            if (era != Era)
            {
                return;
            }
            DateTimeOffset now = clock.GetUtcNow();
            _outcomes.Add((now, succeeded));
            bool[] window = [.. _outcomes.Where(one => now - one.At < Options.SamplingDuration).Select(one => one.Succeeded)];
            double failures = window.Count(one => !one);
            bool isTooMuch = window.Length >= Options.MinimumThroughput && failures / window.Length >= Options.FailureRatio;
            if (!succeeded && (State == CircuitState.HalfOpen || isTooMuch))
            {
                Move(CircuitState.Open);
                TimesOpened++;
                _blockedUntil = now + Options.BreakDuration;
            }
            else if (State == CircuitState.HalfOpen)
            {
                Close();
            }
        }

        public void Close()
        {
            _outcomes = [];
            Move(CircuitState.Closed);
        }

        public void Move(CircuitState state)
        {
            Era = State == state ? Era : new object();
            State = state;
        }
    }
}
