namespace DurableObjects.Breakers;

/// <summary>
/// A circuit breaker that is shared by all who call the same thing, in whatever process: one object for each name of what is called.
/// States and rules are those of Polly's circuit breaker; where they differ, it is because here a call and its report may be far
/// apart, and a process that was let through may die.
/// </summary>
/// <remarks>
/// Its states follow from times and from who asks, so it needs no alarm. In the closed state a question writes nothing, and neither
/// do most reports of a success.
/// </remarks>
[DurableObject("circuit-breaker")]
public sealed class CircuitBreaker(ObjectContext context) : DurableObject(context), ICircuitBreaker
{
    /// <summary>Successes that one report can bring along.</summary>
    public const int MaxSuccesses = 1_000_000;

    /// <summary>What is written, and beyond it the successes that are not: those are lost with the instance.</summary>
    private CircuitWindow? _window;

    /// <inheritdoc/>
    protected internal override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE circuit(
            one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL, permit INTEGER NOT NULL, changed_at TEXT, opened_at TEXT,
            half_open_at TEXT, probed_at TEXT, times_opened INTEGER NOT NULL);
        CREATE TABLE bucket(
            started_at TEXT PRIMARY KEY, counts_until TEXT NOT NULL, successes INTEGER NOT NULL, failures INTEGER NOT NULL) WITHOUT ROWID;
        """,
    ];

    private CircuitWindow Window => _window ??= CircuitWindow.Load(Storage.Sql);

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<BreakerPermit> Ask(CircuitBreakerOptions? options = null) =>
        Task.FromResult(Load().Ask(Validated(options), Context.Now));

    /// <inheritdoc/>
    public Task<BreakerPermit> Enter(CircuitBreakerOptions? options = null)
    {
        Circuit circuit = Load();
        BreakerPermit answer = circuit.Ask(Validated(options), Context.Now);
        if (answer.RetryAfter == TimeSpan.Zero)
        {
            circuit = Save(circuit.Probed(Context.Now));
            answer = new BreakerPermit(true, circuit.State, null, circuit.Permit);
        }
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    public Task Report(long permit, bool succeeded, CircuitBreakerOptions? options = null, int successes = 0)
    {
        options = Validated(options);
        if (successes is < 0 or > MaxSuccesses)
        {
            throw DurableObjectException.Invalid($"'successes' is {successes}; it must be 0 to {MaxSuccesses}.");
        }
        Circuit circuit = Load();
        if (permit != circuit.Permit)
        {
            return Task.CompletedTask;
        }
        if (circuit.State == CircuitState.Closed)
        {
            Count(circuit, succeeded, options, successes);
        }
        else if (circuit.State == CircuitState.HalfOpen && succeeded)
        {
            Reset();
            Save(circuit.Closed(Context.Now));
        }
        else if (circuit.State == CircuitState.HalfOpen)
        {
            Save(circuit.Opened(options, Context.Now));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Isolate()
    {
        Circuit circuit = Load();
        if (circuit.State != CircuitState.Isolated)
        {
            Save(circuit.Isolated(Context.Now));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Close()
    {
        Reset();
        Circuit circuit = Load();
        if (circuit.State != CircuitState.Closed)
        {
            Save(circuit.Closed(Context.Now));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<BreakerStatus> Status()
    {
        Circuit circuit = Load();
        SqlRow counts = Storage.Sql.Exec(
            "SELECT coalesce(sum(successes), 0), coalesce(sum(failures), 0) FROM bucket WHERE counts_until > ?", Context.Now).One();
        return Task.FromResult(new BreakerStatus(
            circuit.State, counts.Get<long>(0), counts.Get<long>(1), circuit.OpenedAt, circuit.HalfOpenAt, circuit.ChangedAt,
            circuit.TimesOpened));
    }

    private static CircuitBreakerOptions Validated(CircuitBreakerOptions? options)
    {
        options ??= CircuitBreakerOptions.Default;
        options.Validate();
        return options;
    }

    private void Count(Circuit circuit, bool succeeded, CircuitBreakerOptions options, int successes)
    {
        Window.Add(Context.Now, options.SamplingDuration, successes + (succeeded ? 1 : 0), succeeded ? 0 : 1);
        if (!succeeded || Window.IsWriteDue)
        {
            Window.Write(Storage.Sql);
        }
        // As in Polly only a failure opens the circuit, though a success may be what completes the throughput.
        long throughput = Window.Throughput;
        if (!succeeded && throughput >= options.MinimumThroughput && Window.Failures / (double)throughput >= options.FailureRatio)
        {
            Save(circuit.Opened(options, Context.Now));
        }
    }

    private void Reset()
    {
        Storage.Sql.Exec("DELETE FROM bucket");
        _window = null;
    }

    private Circuit Load() => Storage.Sql.Exec("SELECT * FROM circuit").As<Circuit>().FirstOrDefault() ?? Circuit.New;

    private Circuit Save(Circuit circuit)
    {
        Storage.Sql.Exec(
            """
            INSERT OR REPLACE INTO circuit(one, state, permit, changed_at, opened_at, half_open_at, probed_at, times_opened)
            VALUES (1, ?, ?, ?, ?, ?, ?, ?)
            """, circuit.State, circuit.Permit, circuit.ChangedAt, circuit.OpenedAt, circuit.HalfOpenAt, circuit.ProbedAt,
            circuit.TimesOpened);
        return circuit;
    }
}
