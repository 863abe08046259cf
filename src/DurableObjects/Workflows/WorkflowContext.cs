using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Classes;
using DurableObjects.Hosting;
using DurableObjects.Turns;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>
/// The steps that a workflow can take, and what it may know. Steps may run side by side: start several and await them with
/// <c>Task.WhenAll</c> or <c>Task.WhenAny</c>. Awaiting anything that does not come from here is an error.
/// </summary>
public sealed class WorkflowContext
{
    /// <summary>The longest between two questions to a circuit breaker that stays open: how late a target may be found well again.</summary>
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMinutes(5);

    private readonly IWorkflowEngine _engine;
    private readonly WorkflowClasses _workflows;
    private readonly ObjectClasses _objects;
    private readonly StepCaller _caller;
    private readonly Stack<Func<Task>> _compensations = new();
    private int _steps;

    internal WorkflowContext(IWorkflowEngine engine, WorkflowClasses workflows, ObjectClasses objects, ILogger logger)
    {
        _engine = engine;
        _workflows = workflows;
        _objects = objects;
        _caller = new StepCaller(this);
        Logger = new ReplaySafeLogger(logger, engine);
    }

    /// <summary>The workflow's id.</summary>
    public string Id => _engine.Id;

    /// <summary>The name of its class.</summary>
    public string Name => _engine.Name;

    /// <summary>The time of what the workflow sees now; the same in each replay.</summary>
    public DateTimeOffset Now => _engine.Now;

    /// <summary>Whether what the workflow does now was done before.</summary>
    public bool IsReplaying => _engine.IsReplaying;

    /// <summary>A logger that says nothing a second time in a replay.</summary>
    public ILogger Logger { get; }

    /// <summary>An id that is new, and the same in each replay.</summary>
    public Guid NewGuid() => _engine.NewGuid();

    /// <summary>
    /// The object with a name, of the class that implements an interface. Each method that is called on it is a step, and must return a
    /// task, which ends with the object's answer, or throws what the object threw.
    /// </summary>
    /// <remarks>
    /// What may succeed later (<see cref="DurableObjectException.Retryable"/>) is tried again, and a call that is made twice runs once,
    /// within <see cref="Limits.IdempotencyWindow"/>.
    /// </remarks>
    public TObject Call<TObject>(string name)
        where TObject : class =>
        Call<TObject>(ObjectAddress.OfName(_objects.ForInterface(typeof(TObject)).Name, name));

    /// <summary>The object at an address.</summary>
    /// <inheritdoc cref="Call{TObject}(string)"/>
    public TObject Call<TObject>(ObjectAddress address)
        where TObject : class => StubProxy.Create<TObject>(_caller.RunAsync, address, Caller.Anonymous, _caller.Callers);

    /// <summary>Calls a method of an object by its name.</summary>
    /// <param name="address">The object.</param>
    /// <param name="method">The method, compared without regard to case.</param>
    /// <param name="arguments">Its arguments in order.</param>
    public async Task<TResult?> Call<TResult>(ObjectAddress address, string method, params object?[] arguments)
    {
        _objects.Get(address.ClassName).Method(method);
        JsonElement json = JsonSerializer.SerializeToElement(arguments, ObjectJson.Options);
        return WorkflowJson.Read<TResult>(await CallAsync(address, method, json), $"The result of '{method}'");
    }

    /// <summary>Signals the object with a name; nothing is waited for.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="call">Calls one method of the interface: <c>room =&gt; room.Post("hi")</c>. Nothing runs here.</param>
    public void Signal<TObject>(string name, Action<TObject> call)
        where TObject : class
    {
        (string method, byte[] arguments) = CallRecorder.Record(call);
        ObjectAddress receiver = ObjectAddress.OfName(_objects.ForInterface(typeof(TObject)).Name, name);
        Signal(receiver, method, JsonSerializer.Deserialize<JsonElement>(arguments));
    }

    /// <summary>Signals an object by the name of a method.</summary>
    public void Signal(ObjectAddress receiver, string method, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _objects.Get(receiver.ClassName).Method(method);
        Signal(receiver, method, JsonSerializer.SerializeToElement(arguments, ObjectJson.Options));
    }

    /// <summary>Runs an activity and waits for its result.</summary>
    /// <param name="input">What it gets.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="DurableObjectException">Its last attempt failed; the code is the attempt's.</exception>
    public async Task<TOutput> Activity<TActivity, TInput, TOutput>(TInput input, ActivityOptions? options = null)
        where TActivity : Activity<TInput, TOutput> =>
        (await Activity<TOutput>(_workflows.ActivityNameOf<TActivity>(), input, options))!;

    /// <summary>Runs the activity with a name.</summary>
    /// <inheritdoc cref="Activity{TActivity, TInput, TOutput}(TInput, ActivityOptions?)"/>
    public async Task<TOutput?> Activity<TOutput>(string name, object? input, ActivityOptions? options = null)
    {
        JsonElement? json = WorkflowJson.Of(input, $"The input of '{name}'");
        return WorkflowJson.Read<TOutput>(await TryAsync(name, json, null, options ?? new ActivityOptions()), $"The result of '{name}'");
    }

    /// <summary>Waits for a time. A process that ends meanwhile does not matter.</summary>
    /// <param name="time">At most <see cref="Limits.LongestSleep"/>.</param>
    public Task Sleep(TimeSpan time) => SleepUntil(Now + time);

    /// <summary>Waits until a time; one that has passed ends at once.</summary>
    public Task SleepUntil(DateTimeOffset time)
    {
        Limit(time - Now);
        return _engine.SleepAsync(NextStep(), time, isRetry: false, CancellationToken.None);
    }

    /// <summary>Waits for an event that is raised for this workflow. One that came before it was waited for counts.</summary>
    /// <param name="name">The event's name, in whatever case.</param>
    public async Task<TEvent?> WaitForEvent<TEvent>(string name) => WorkflowJson.Read<TEvent>(
        await _engine.WaitForEventAsync(NextStep(), Named(name), CancellationToken.None), $"The event '{name}'");

    /// <summary>Waits for an event, but not for ever.</summary>
    /// <param name="name">The event's name, in whatever case.</param>
    /// <param name="timeout">At most <see cref="Limits.LongestSleep"/>.</param>
    /// <exception cref="DurableObjectException">It has not come (<see cref="ErrorCodes.EventTimeout"/>).</exception>
    public async Task<TEvent?> WaitForEvent<TEvent>(string name, TimeSpan timeout)
    {
        Limit(timeout);
        int step = NextStep();
        using CancellationTokenSource tooLate = new();
        using CancellationTokenSource inTime = new();
        Task<JsonElement?> arrival = _engine.WaitForEventAsync(step, Named(name), tooLate.Token);
        Task end = _engine.SleepAsync(step, Now + timeout, isRetry: true, inTime.Token);
        if (await Task.WhenAny(arrival, end) == arrival)
        {
            // Not CancelAsync: what follows from it must happen here.
            inTime.Cancel();
            return WorkflowJson.Read<TEvent>(await arrival, $"The event '{name}'");
        }
        tooLate.Cancel();
        throw new DurableObjectException(504, ErrorCodes.EventTimeout, $"The event '{name}' has not come within {timeout}.");
    }

    /// <summary>Runs another workflow as a step of this one, and waits for its output.</summary>
    /// <param name="input">What it starts with.</param>
    /// <param name="id">Its id; by default this one's with the number of the step.</param>
    /// <exception cref="DurableObjectException">It failed, was terminated, or there is one of that id.</exception>
    public async Task<TOutput> Child<TWorkflow, TInput, TOutput>(TInput input, string? id = null)
        where TWorkflow : Workflow<TInput, TOutput>
    {
        string name = _workflows.NameOf<TWorkflow>();
        JsonElement? json = WorkflowJson.Of(input, $"The input of '{name}'");
        int step = NextStep();
        // Without a digest the ids of children's children would grow past the limit.
        string childId = id ?? WorkflowId.OfChild(Id, step, _engine.NewGuid());
        WorkflowId.Check(childId);
        StepOutcome outcome = await _engine.RunChildAsync(step, name, childId, json);
        return outcome.Error is { } error ? throw error.ToException() : WorkflowJson.Read<TOutput>(outcome.Value, $"The output of '{name}'")!;
    }

    /// <summary>
    /// Has the workflow begin anew with another input once its method has returned, whose result is then of no account: what a workflow
    /// without an end does now and then, so that its history does not grow past <see cref="Limits.WorkflowOperations"/>. Events that
    /// nobody has taken stay. Steps that still run are given up.
    /// </summary>
    public void ContinueAsNew(object? input) => _engine.ContinueAsNew(WorkflowJson.Of(input, "The workflow's next input"));

    /// <summary>
    /// Registers what undoes the step that was just done. If the workflow fails, all that was registered runs, the newest first. One that
    /// fails does not keep the others from running. Nothing runs when a workflow is terminated.
    /// </summary>
    public void Compensate(Func<Task> compensation)
    {
        ArgumentNullException.ThrowIfNull(compensation);
        _compensations.Push(compensation);
    }

    /// <summary>Runs the compensations; the errors of those that failed.</summary>
    internal async Task<IReadOnlyList<Exception>> CompensateAsync()
    {
        List<Exception> errors = [];
        _engine.BeginCompensation();
        while (_compensations.TryPop(out Func<Task>? compensation))
        {
            try
            {
                await compensation();
            }
            catch (Exception error) when (error is not WorkflowChangedException)
            {
                errors.Add(error);
            }
        }
        return errors;
    }

    private static string Named(string name) => name is { Length: >= 1 and <= Limits.EventNameCharacters }
        ? name
        : throw DurableObjectException.Invalid($"An event's name must have 1 to {Limits.EventNameCharacters} characters.");

    private static void Limit(TimeSpan time)
    {
        if (time > Limits.LongestSleep)
        {
            throw DurableObjectException.Invalid(
                $"A workflow can wait for {Limits.LongestSleep.TotalDays:N0} days; it is asked to for {time.TotalDays:N0}.");
        }
    }

    private int NextStep() => ++_steps;

    private void Signal(ObjectAddress receiver, string method, JsonElement arguments)
    {
        WorkflowJson.Check(arguments, $"The signal '{method}'");
        _engine.Signal(NextStep(), receiver, method, arguments);
    }

    private Task<JsonElement?> CallAsync(ObjectAddress address, string method, JsonElement arguments)
    {
        WorkflowJson.Check(arguments, $"The arguments of '{method}'");
        return TryAsync(method, arguments, address, StepCaller.Options);
    }

    /// <summary>Attempts until one succeeds or the policy says that none follows.</summary>
    private async Task<JsonElement?> TryAsync(string name, JsonElement? input, ObjectAddress? target, ActivityOptions options)
    {
        options.Check();
        int step = NextStep();
        string key = string.Create(CultureInfo.InvariantCulture, $"{Id}:{_engine.NewGuid():n}");
        int asked = 0;
        int failures = 0;
        int refusals = 0;
        while (true)
        {
            StepOutcome outcome = await _engine.AttemptAsync(new StepAttempt
            {
                WorkflowId = Id,
                Step = step,
                Attempt = failures + 1,
                IdempotencyKey = key,
                Name = name,
                Input = input,
                Timeout = options.Timeout,
                CircuitBreaker = options.CircuitBreaker,
                Breaker = options.CircuitBreaker is null ? null : options.WaitingBreaker,
                ObjectClass = target?.ClassName,
                ObjectKey = target?.Key,
            });
            if (outcome.Error is not { } error)
            {
                return outcome.Value;
            }
            asked++;
            TimeSpan delay;
            if (outcome.WasRefused)
            {
                TimeSpan first = error.RetryAfter ?? options.Breaker.BreakDuration;
                delay = Patience(first, ++refusals) + (options.Retry.FirstDelay * Chance(step, asked));
            }
            else if (++failures >= options.Retry.MaxAttempts || !MayRetry(outcome, target, options.Retry))
            {
                throw error.ToException();
            }
            else
            {
                refusals = 0;
                TimeSpan own = options.Retry.DelayAfter(failures, Chance(step, asked));
                delay = error.RetryAfter > own ? error.RetryAfter.Value : own;
            }
            delay = delay < Limits.LongestSleep ? delay : Limits.LongestSleep;
            await _engine.SleepAsync(step, Now + delay, isRetry: true, CancellationToken.None);
        }
    }

    /// <summary>
    /// How long until a circuit breaker is asked again: when it says, but the longer it stays open the less often, since each question is
    /// an operation and there is a limit of those.
    /// </summary>
    private static TimeSpan Patience(TimeSpan said, int refusals)
    {
        TimeSpan longer = said * Math.Pow(2, Math.Clamp(refusals - 3, 0, 16));
        return longer < LongestPatience ? longer : said < LongestPatience ? LongestPatience : said;
    }

    /// <summary>What an object has decided it would decide again; an activity's failure may be anything.</summary>
    private static bool MayRetry(StepOutcome outcome, ObjectAddress? target, RetryPolicy policy)
    {
        Failure error = outcome.Error!;
        bool isNamed = policy.DoNotRetry.Contains(error.Code, StringComparer.Ordinal)
            || outcome.ErrorTypes?.Any(type => policy.DoNotRetry.Contains(type, StringComparer.Ordinal)) == true;
        bool isFinal = error.Code is ErrorCodes.UnknownActivity or ErrorCodes.UnknownClass or ErrorCodes.UnknownMethod;
        return !isNamed && !isFinal && (target is null || error.Retryable);
    }

    /// <summary>A number from 0 to 1 that is the same in each replay.</summary>
    private double Chance(int step, int asked)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Id}|{step}|{asked}")));
        return BitConverter.ToUInt32(digest) / (double)uint.MaxValue;
    }

    /// <summary>Makes steps of the methods that are called on stubs.</summary>
    private sealed class StepCaller(WorkflowContext context)
    {
        /// <summary>A call's own deadline is the host's; this is only there for one that says nothing at all.</summary>
        public static readonly ActivityOptions Options = new()
        {
            Retry = new RetryPolicy { MaxAttempts = 20, FirstDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromMinutes(1) },
            Timeout = TimeSpan.FromMinutes(2),
        };

        public StubCallers Callers { get; } = new();

        public async Task<Answer> RunAsync(ObjectAddress address, CallTurn turn)
        {
            JsonElement? value = await context.CallAsync(address, turn.Method, JsonSerializer.Deserialize<JsonElement>(turn.Arguments.Span));
            return value is { } json ? new Answer { Json = Encoding.UTF8.GetBytes(json.GetRawText()) } : Answer.Nothing;
        }
    }
}
