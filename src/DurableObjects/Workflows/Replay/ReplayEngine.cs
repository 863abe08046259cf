using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DurableObjects.Workflows;

/// <summary>
/// A workflow's code in memory: it is given what happened, one thing after the other, and what it asks for comes out. Before that it is
/// brought to where it was, by being given its history, and there everything that it asks for must be what it asked for then.
/// </summary>
/// <remarks>It touches no storage: the code's continuations do not belong to the turn that happens to feed them.</remarks>
public sealed class ReplayEngine : IWorkflowEngine
{
    private readonly int _execution;
    private readonly IReadOnlyList<Operation> _history;
    private readonly Dictionary<long, TaskCompletionSource<StepOutcome>> _open = [];
    private readonly List<(string Name, TaskCompletionSource<StepOutcome> Taker, long Number)> _takers = [];
    private readonly List<Happening> _events = [];
    private readonly CodeThread _thread = new();
    private List<Request> _requests = [];
    private Task<StepOutcome>? _code;
    private long _asked;
    private int _ids;
    private bool _isReplaying;
    private int _operations = Limits.WorkflowOperations;
    private int _refused;
    private StepOutcome? _given;
    private WorkflowChangedException? _changed;

    /// <summary>Operations that compensations may take beyond the limit: what has been done must be undone.</summary>
    private const int CompensationOperations = 1_000;

    /// <summary>
    /// How often the code is told that it may not ask for more. One that does not heed that, since it catches every error in a loop without
    /// an end, is left where it is then, and the workflow has failed.
    /// </summary>
    private const int Warnings = 100;

    /// <summary>A workflow whose code has not begun to run.</summary>
    /// <param name="id">The workflow.</param>
    /// <param name="name">Its class.</param>
    /// <param name="execution">How often it has continued as new.</param>
    /// <param name="history">What it asked for so far; null if it has not begun.</param>
    public ReplayEngine(string id, string name, int execution, IReadOnlyList<Operation>? history)
    {
        Id = id;
        Name = name;
        _execution = execution;
        _history = history ?? [];
        _isReplaying = history is not null;
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public DateTimeOffset Now { get; private set; }

    /// <inheritdoc/>
    public bool IsReplaying => _isReplaying || IsRepeating;

    /// <summary>Set by a host that replays by itself: whether what it gives to the code now was given to it before.</summary>
    public bool IsRepeating { get; set; }

    /// <summary>What has come of it, once it has ended.</summary>
    public StepOutcome? Outcome => _given ?? (_code is { IsCompletedSuccessfully: true } ? _code.Result : null);

    /// <summary>Whether it is to begin anew, and with what.</summary>
    public (JsonElement? Input, bool IsAsked) Next { get; private set; }

    /// <summary>Events that nobody has taken, oldest first.</summary>
    public IReadOnlyList<Happening> Untaken => _events;

    /// <summary>Starts the code.</summary>
    public void Begin(WorkflowRun run, JsonElement? input, DateTimeOffset at)
    {
        Now = at;
        Pump(() => _code = run.RunAsync(this, input));
    }

    /// <summary>Gives it something that happened.</summary>
    public void Feed(Happening happening)
    {
        Now = happening.At;
        Pump(() =>
        {
            if (happening.Event is { } name)
            {
                Arrive(name, happening);
            }
            else if (_open.Remove(happening.Number, out TaskCompletionSource<StepOutcome>? waiter))
            {
                waiter.TrySetResult(happening.Outcome);
            }
        });
    }

    /// <summary>From here on what it asks for is new.</summary>
    /// <exception cref="WorkflowChangedException">It has not asked for all that it asked for before.</exception>
    public void HasCaughtUp()
    {
        if (_asked < _history.Count)
        {
            throw Changed($"The history has {_history[(int)_asked]}, which the code does not ask for any more.");
        }
        _isReplaying = false;
        _requests = [];
    }

    /// <summary>What it has newly asked for, and what it does not wait for any more.</summary>
    public IReadOnlyList<Request> TakeRequests()
    {
        List<Request> requests = _requests;
        _requests = [];
        return requests;
    }

    /// <inheritdoc/>
    public void BeginCompensation() => _operations = Limits.WorkflowOperations + CompensationOperations;

    /// <inheritdoc/>
    public Guid NewGuid() => new(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{Id}|{_execution}|{++_ids}"))).AsSpan(0, 16), bigEndian: true);

    /// <inheritdoc/>
    public Task<StepOutcome> AttemptAsync(StepAttempt attempt) => Ask(
        attempt.Step, attempt.ObjectClass is null ? OperationKind.Activity : OperationKind.Call, attempt.Title, attempt.Attempt,
        operation => new Request(operation) { Attempt = attempt }).Task;

    /// <inheritdoc/>
    public Task SleepAsync(int step, DateTimeOffset due, bool isRetry, CancellationToken cancellation)
    {
        OperationKind kind = isRetry ? OperationKind.Timer : OperationKind.Sleep;
        TaskCompletionSource<StepOutcome> waiter = Ask(step, kind, "", 0, operation => new Request(operation) { Due = due });
        long number = _asked;
        return Cancellable(waiter, number, cancellation);
    }

    /// <inheritdoc/>
    public async Task<JsonElement?> WaitForEventAsync(int step, string name, CancellationToken cancellation)
    {
        TaskCompletionSource<StepOutcome> waiter = Ask(step, OperationKind.Event, name, 0, operation => new Request(operation));
        long number = _asked;
        int early = _events.FindIndex(one => one.Event!.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (early >= 0)
        {
            Happening arrived = _events[early];
            _events.RemoveAt(early);
            Ended(number);
            waiter.TrySetResult(arrived.Outcome);
        }
        else
        {
            _takers.Add((name, waiter, number));
        }
        return (await Cancellable(waiter, number, cancellation)).Value;
    }

    /// <inheritdoc/>
    public Task<StepOutcome> RunChildAsync(int step, string name, string id, JsonElement? input) => Ask(
        step, OperationKind.Child, name, 0, operation => new Request(operation)
        {
            Child = (id, new WorkflowCommand(WorkflowVerb.Start)
            {
                Name = name,
                Payload = input,
                Parent = new WorkflowParent(Id, _execution, operation.Number),
            }),
        }).Task;

    /// <inheritdoc/>
    public void Signal(int step, ObjectAddress receiver, string method, JsonElement arguments)
    {
        long before = _asked;
        Ask(step, OperationKind.Signal, $"{receiver}/{method}", 0, operation => new Request(operation)
        {
            Signal = (receiver, method, arguments),
        });
        if (_asked > before)
        {
            Ended(_asked);
        }
    }

    /// <inheritdoc/>
    public void ContinueAsNew(JsonElement? input) => Next = (input, true);

    private static async Task<StepOutcome> Cancelled(TaskCompletionSource<StepOutcome> waiter, CancellationTokenRegistration registration)
    {
        await using (registration)
        {
            return await waiter.Task;
        }
    }

    private Task<StepOutcome> Cancellable(TaskCompletionSource<StepOutcome> waiter, long number, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
        {
            return waiter.Task;
        }
        return Cancelled(waiter, cancellation.Register(() =>
        {
            if (waiter.TrySetCanceled(cancellation))
            {
                _open.Remove(number);
                _takers.RemoveAll(one => one.Number == number);
                _requests.Add(new Request(number, isEnded: true) { IsCancelled = true });
            }
        }));
    }

    private void Arrive(string name, Happening happening)
    {
        int index = _takers.FindIndex(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            _events.Add(happening);
            return;
        }
        (string _, TaskCompletionSource<StepOutcome> taker, long number) = _takers[index];
        _takers.RemoveAt(index);
        Ended(number);
        taker.TrySetResult(happening.Outcome);
    }

    /// <summary>Notes that an operation has ended by what the code itself was given, and not by a record of its own.</summary>
    private void Ended(long number)
    {
        _open.Remove(number);
        _requests.Add(new Request(number, isEnded: true));
    }

    private TaskCompletionSource<StepOutcome> Ask(
        int step, OperationKind kind, string name, int attempt, Func<Operation, Request> request)
    {
        if (!_thread.IsHere)
        {
            Changed("it goes on outside of its thread: it awaits something that is not a step of its context, or has started a task.");
        }
        if (_changed is not null || _given is not null)
        {
            // Nothing that it does counts any more, whatever it would make of an exception.
            return new TaskCompletionSource<StepOutcome>();
        }
        Operation operation = new(_asked + 1, step, kind, name, attempt);
        if (_asked < _history.Count)
        {
            Operation before = _history[(int)_asked];
            if (before != operation)
            {
                Changed($"The code asks for {operation}, where the history has {before}.");
                return new TaskCompletionSource<StepOutcome>();
            }
        }
        else if (_asked >= _operations)
        {
            return Refuse();
        }
        else if (_isReplaying)
        {
            Changed($"The code asks for {operation}, of which the history says nothing.");
            return new TaskCompletionSource<StepOutcome>();
        }
        else
        {
            _requests.Add(request(operation));
        }
        _asked++;
        TaskCompletionSource<StepOutcome> waiter = new();
        _open.Add(operation.Number, waiter);
        return waiter;
    }

    private TaskCompletionSource<StepOutcome> Refuse()
    {
        DurableObjectException error = DurableObjectException.Invalid(
            $"The workflow has done {Limits.WorkflowOperations:N0} operations, which is the limit; continue as new before that.");
        if (++_refused <= Warnings)
        {
            throw error;
        }
        _given = StepOutcome.Failed(error);
        return new TaskCompletionSource<StepOutcome>();
    }

    private WorkflowChangedException Changed(string what) => _changed ??= new WorkflowChangedException(
        $"The code of the workflow '{Name}' has changed in a way that its history does not allow: {what}");

    private void Pump(Action action)
    {
        _thread.Run(action);
        if (_changed is not null)
        {
            throw _changed;
        }
        if (_given is not null)
        {
            return;
        }
        if (_code!.IsFaulted || _code.IsCanceled)
        {
            throw _code.Exception?.InnerException ?? new OperationCanceledException();
        }
        if (!_code.IsCompleted && _open.Count == 0)
        {
            throw Changed("it waits for something that is not a step of its context.");
        }
    }

    /// <summary>Something that the code wants recorded.</summary>
    public sealed class Request
    {
        /// <summary>An operation that it asks for.</summary>
        public Request(Operation operation) => (Operation, Number) = (operation, operation.Number);

        /// <summary>An operation that has ended, with nothing to be recorded but that.</summary>
        public Request(long number, bool isEnded) => (Number, IsEnded) = (number, isEnded);

        /// <summary>What it asks for; null if something has ended.</summary>
        public Operation? Operation { get; }

        /// <summary>The number of the operation that is asked for, or has ended.</summary>
        public long Number { get; }

        /// <summary>Whether the operation has ended.</summary>
        public bool IsEnded { get; }

        /// <summary>Whether it has ended because nobody waits for it any more.</summary>
        public bool IsCancelled { get; init; }

        /// <summary>When a wait ends.</summary>
        public DateTimeOffset? Due { get; init; }

        /// <summary>An attempt to be made.</summary>
        public StepAttempt? Attempt { get; init; }

        /// <summary>A child to be started.</summary>
        public (string Id, WorkflowCommand Command)? Child { get; init; }

        /// <summary>A signal to be sent.</summary>
        public (ObjectAddress Receiver, string Method, JsonElement Arguments)? Signal { get; init; }
    }
}
