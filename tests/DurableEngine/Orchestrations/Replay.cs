using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NonDeterministicOrchestrationException = DurableTask.Core.Exceptions.NonDeterministicOrchestrationException;

namespace DurableObjects.DurableEngine.Orchestrations;

/// <summary>
/// Runs an orchestration on its history: what it asks for is compared with what it asked for before, what has happened is given to it in the
/// order in which it happened, and all of it in one thread.
/// </summary>
internal sealed class Replay : TaskOrchestrationContext
{
    /// <summary>The longest timer that the Azure Storage backend takes in one piece.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(3);

    private readonly string _instanceId;
    private readonly bool _comparesInputs;
    private readonly Started _started;
    private readonly IReadOnlyList<HistoryEvent> _history;
    private readonly Dictionary<int, Asked> _known;
    private readonly HashSet<int> _repeated = [];
    private readonly List<Asked> _asked = [];
    private readonly List<Asked> _askedBeforeSuspension = [];
    private readonly Queue<HistoryEvent> _whileSuspended = [];
    private readonly Dictionary<int, TaskCompletionSource<string?>> _open = [];
    private readonly Dictionary<string, Stack<TaskCompletionSource<string?>>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<EventRaised> _events = [];
    private readonly List<EventRaised> _carriedOver = [];
    private readonly Turns _turns = new();
    private readonly EntityFeature _entities;
    private Task<object?>? _task;
    private DateTime _now;
    private bool _isReplaying = true;
    private bool _isSuspended;
    private Terminated? _terminated;
    private int _lastId;
    private int _guids;
    private string? _status;
    private (string? Input, bool Keep)? _next;

    public Replay(string instanceId, Started started, IReadOnlyList<HistoryEvent> history, bool comparesInputs)
    {
        _comparesInputs = comparesInputs;
        _instanceId = instanceId;
        _started = started;
        _history = history;
        _known = history.OfType<Asked>().ToDictionary(one => one.Id);
        _entities = new EntityFeature(this);
    }

    public override TaskName Name => _started.Name;

    public override string InstanceId => _instanceId;

    public override ParentOrchestrationInstance? Parent =>
        _started.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.InstanceId) : null;

    public override DateTime CurrentUtcDateTime => _now;

    public override bool IsReplaying => _isReplaying;

    public override TaskOrchestrationEntityFeature Entities => _entities;

    public override ILoggerFactory ReplaySafeLoggerFactory => NullLoggerFactory.Instance;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public OrchestrationResult Run(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_turns);
        try
        {
            return RunHere(orchestrator);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public override T GetInput<T>() => HubJson.Converter.Deserialize<T>(_started.Input)!;

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        string? text = HubJson.Converter.Serialize(input);
        string? result = await TryAsync(options?.Retry, () => AskAsync(new ActivityAsked(++_lastId, name.Name, text)));
        return HubJson.Converter.Deserialize<TResult>(result)!;
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        string id = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        if (id.StartsWith('@'))
        {
            throw new ArgumentException("It is an entity's id.", nameof(options));
        }
        string? text = HubJson.Converter.Serialize(input);
        string? result = await TryAsync(
            options?.Retry, () => AskAsync(new OrchestrationAsked(++_lastId, id, orchestratorName.Name, text)));
        return HubJson.Converter.Deserialize<TResult>(result)!;
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        while (fireAt - _now > LongestTimer)
        {
            await TimerAsync(_now + LongestTimer, cancellationToken);
        }
        await TimerAsync(fireAt, cancellationToken);
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<string?> completion = new();
        int early = _events.FindIndex(one => one.Name.Equals(eventName, StringComparison.OrdinalIgnoreCase));
        if (early >= 0)
        {
            completion.SetResult(_events[early].Payload);
            _events.RemoveAt(early);
        }
        else
        {
            if (!_waiting.TryGetValue(eventName, out Stack<TaskCompletionSource<string?>>? waiters))
            {
                _waiting.Add(eventName, waiters = []);
            }
            waiters.Push(completion);
        }
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => completion.TrySetCanceled(cancellationToken));
        return HubJson.Converter.Deserialize<T>(await completion.Task)!;
    }

    public override void SendEvent(string instanceId, string eventName, object payload) =>
        Ask(new EventAsked(++_lastId, instanceId, eventName, HubJson.Converter.Serialize(payload)));

    public override void SetCustomStatus(object? customStatus) => _status = HubJson.Converter.Serialize(customStatus);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        _next = (HubJson.Converter.Serialize(newInput), preserveUnprocessedEvents);

    public override Guid NewGuid() => new(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{_instanceId}|{_now.Ticks}|{++_guids}"))).AsSpan(0, 16));

    private OrchestrationResult RunHere(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        int fresh = _history.Select((one, index) => (one, index)).Last(pair => pair.one is RunBegan).index;
        try
        {
            for (int i = 0; i < _history.Count; i++)
            {
                _isReplaying = i < fresh;
                Happened(_history[i], orchestrator);
            }
            CheckDeterminism();
        }
        catch (NonDeterministicOrchestrationException error)
        {
            return Failed(new TaskFailureDetails(error.GetType().ToString(), error.Message, error.StackTrace, null, null));
        }
        return Result();
    }

    private async Task<object?> BeginAsync(Func<TaskOrchestrationContext, Task<object?>> orchestrator) => await orchestrator(this);

    private OrchestrationResult Result()
    {
        if (_terminated is { } terminated)
        {
            return new OrchestrationResult(_asked)
            {
                HasEnded = true,
                IsTerminated = true,
                Output = terminated.Output,
                CustomStatus = _status,
            };
        }
        // An orchestration ends when what it asked for has come about, even if it does not wait for it.
        bool isWaiting = !_task!.IsCompleted || _open.Keys.Any(id => AskedFor(id) is OpenTask);
        if (isWaiting)
        {
            return new OrchestrationResult(_asked) { CustomStatus = _status };
        }
        if (!_task.IsCompletedSuccessfully)
        {
            return Failed(_task.Exception?.InnerException ?? new OperationCanceledException());
        }
        return new OrchestrationResult(_asked)
        {
            HasEnded = true,
            Output = HubJson.Converter.Serialize(_task.GetAwaiter().GetResult()),
            ContinuesAsNew = _next is not null,
            NewInput = _next?.Input,
            Unprocessed = _next is { Keep: true } ? [.. _events] : [],
            CarriedOver = _carriedOver,
            CustomStatus = _status,
        };
    }

    private OrchestrationResult Failed(Exception error)
    {
        TaskFailureDetails failure = TaskFailureDetails.FromException(error);
        return Failed(error is TaskFailedException { FailureDetails: { } inner } ? failure with { InnerFailure = inner } : failure);
    }

    private OrchestrationResult Failed(TaskFailureDetails failure) => new(_asked)
    {
        HasEnded = true,
        Failure = failure,
        CustomStatus = _status,
    };

    /// <summary>
    /// The platform compares kinds and names only; an input or a time that changes goes unnoticed there. Here it fails, since nothing of
    /// ours may do that.
    /// </summary>
    private void CheckDeterminism()
    {
        if (_task is { IsFaulted: true } && _task.Exception.InnerException is NonDeterministicOrchestrationException found)
        {
            throw found;
        }
        if (_isSuspended || _terminated is not null)
        {
            return;
        }
        if (_known.Keys.FirstOrDefault(id => !_repeated.Contains(id)) is int missing and > 0)
        {
            throw Changed(missing, $"{Name} {_instanceId} did not ask again for {_known[missing]}.");
        }
        if (!_task!.IsCompleted && _open.Count == 0 && _waiting.Values.All(waiters => waiters.Count == 0))
        {
            throw Changed(_lastId, $"{Name} {_instanceId} waits for something that is none of its own.");
        }
    }

    private static NonDeterministicOrchestrationException Changed(int id, string what) => new(id, what);

    private void Happened(HistoryEvent one, Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        switch (one)
        {
            case RunBegan:
                _now = one.At;
                return;
            case Terminated terminated:
                _terminated ??= terminated;
                return;
            case Resumed:
                _isSuspended = false;
                _asked.InsertRange(0, _askedBeforeSuspension);
                _askedBeforeSuspension.Clear();
                while (!_isSuspended && _whileSuspended.TryDequeue(out HistoryEvent? held))
                {
                    Happened(held, orchestrator);
                }
                return;
            case Suspended:
                _isSuspended = true;
                _askedBeforeSuspension.AddRange(_asked);
                _asked.Clear();
                return;
            case not Asked when _isSuspended:
                _whileSuspended.Enqueue(one);
                return;
            case Started:
                _task = BeginAsync(orchestrator);
                break;
            case Answered answered:
                Answer(answered);
                break;
            case EventRaised raised:
                Raise(raised);
                break;
        }
        _turns.Run();
    }

    private void Answer(Answered answered)
    {
        if (!_open.Remove(answered.Id, out TaskCompletionSource<string?>? completion))
        {
            return;
        }
        switch (answered)
        {
            case Returned returned:
                completion.TrySetResult(returned.Result);
                break;
            case Threw threw:
                completion.TrySetException(AskedFor(threw.Id) switch
                {
                    CallAsked call => new EntityOperationFailedException(
                        EntityInstanceId.FromString(call.Target), call.Operation, threw.Failure!),
                    OrchestrationAsked called => new TaskFailedException(called.Name, threw.Id, threw.Failure!),
                    ActivityAsked activity => new TaskFailedException(activity.Name, threw.Id, threw.Failure!),
                    { } other => throw new NotSupportedException($"{other} does not fail."),
                });
                break;
            default:
                completion.TrySetResult(null);
                break;
        }
    }

    /// <summary>The last who waits gets it, even if it has given up: then it is lost.</summary>
    private void Raise(EventRaised raised)
    {
        if (_next is not null)
        {
            _carriedOver.Add(raised);
        }
        else if (_waiting.TryGetValue(raised.Name, out Stack<TaskCompletionSource<string?>>? waiters)
            && waiters.TryPop(out TaskCompletionSource<string?>? completion))
        {
            completion.TrySetResult(raised.Payload);
        }
        else
        {
            _events.Add(raised);
        }
    }

    private Asked AskedFor(int id) =>
        _known.GetValueOrDefault(id) ?? _asked.Concat(_askedBeforeSuspension).Single(one => one.Id == id);

    private async Task TimerAsync(DateTime fireAt, CancellationToken cancellation)
    {
        int id = ++_lastId;
        Task<string?> fired = AskAsync(new TimerAsked(id, fireAt.ToUniversalTime()));
        TaskCompletionSource<string?> completion = _open[id];
        await using CancellationTokenRegistration registration = cancellation.Register(() =>
        {
            if (completion.TrySetCanceled(cancellation))
            {
                _open.Remove(id);
            }
        });
        await fired;
    }

    private Task<string?> AskAsync(Asked asked)
    {
        TaskCompletionSource<string?> completion = new();
        _open.Add(asked.Id, completion);
        Ask(asked);
        return completion.Task;
    }

    private void Ask(Asked asked)
    {
        if (!_known.TryGetValue(asked.Id, out Asked? before))
        {
            _asked.Add(asked);
            return;
        }
        if (_comparesInputs ? before with { At = default } != asked : KindOf(before) != KindOf(asked))
        {
            throw Changed(asked.Id, $"{Name} {_instanceId} asked for {before} before, and now for {asked}.");
        }
        _repeated.Add(asked.Id);
    }

    /// <summary>What the platform compares.</summary>
    private static (Type, string?) KindOf(Asked asked) => (asked.GetType(), asked switch
    {
        ActivityAsked activity => activity.Name,
        OrchestrationAsked called => called.Name,
        _ => null,
    });

    private async Task<string?> TryAsync(TaskRetryOptions? retry, Func<Task<string?>> ask)
    {
        DateTime first = _now;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (TaskFailedException error) when (retry is not null)
            {
                TimeSpan? delay = await DelayAsync(retry, attempt, first, error);
                if (delay is null)
                {
                    throw;
                }
                if (delay > TimeSpan.Zero)
                {
                    await CreateTimer(_now + delay.Value, CancellationToken.None);
                }
            }
        }
    }

    /// <summary>How long to wait before the next attempt; null if there is none.</summary>
    private async Task<TimeSpan?> DelayAsync(TaskRetryOptions retry, int attempt, DateTime first, TaskFailedException error)
    {
        if (retry.Handler is { } handler)
        {
            RetryContext context = new(this, attempt, error.FailureDetails, _now - first, CancellationToken.None);
            return await handler(context) ? TimeSpan.Zero : null;
        }
        RetryPolicy policy = retry.Policy!;
        bool isOver = attempt >= policy.MaxNumberOfAttempts
            || (policy.RetryTimeout != Timeout.InfiniteTimeSpan && _now - first >= policy.RetryTimeout)
            || !policy.Handle(error);
        if (isOver)
        {
            return null;
        }
        double factor = Math.Pow(policy.BackoffCoefficient, attempt - 1);
        TimeSpan delay = policy.FirstRetryInterval * factor;
        return policy.MaxRetryInterval != Timeout.InfiniteTimeSpan && delay > policy.MaxRetryInterval ? policy.MaxRetryInterval : delay;
    }

    private sealed class EntityFeature(Replay replay) : TaskOrchestrationEntityFeature
    {
        public override Task SignalEntityAsync(
            EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
        {
            replay.Ask(new SignalAsked(
                ++replay._lastId, id.ToString(), operationName, HubJson.Converter.Serialize(input), options?.SignalTime));
            return Task.CompletedTask;
        }

        public override async Task<TResult> CallEntityAsync<TResult>(
            EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
            HubJson.Converter.Deserialize<TResult>(await AskAsync(id, operationName, input))!;

        public override async Task CallEntityAsync(
            EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null) =>
            await AskAsync(id, operationName, input);

        public override Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds) =>
            throw new NotSupportedException("Locks of entities are not part of this engine.");

        public override bool InCriticalSection(
            [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds)
        {
            entityIds = null;
            return false;
        }

        private Task<string?> AskAsync(EntityInstanceId id, string operation, object? input) => replay.AskAsync(
            new CallAsked(++replay._lastId, id.ToString(), operation, HubJson.Converter.Serialize(input)));
    }

    /// <summary>
    /// Continuations of the orchestration, in order, in the thread that replays it, and as on the platform tasks of a scheduler of its own: what
    /// awaits without a context goes to the thread pool there.
    /// </summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
        private readonly HereScheduler _scheduler = new();

        public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

        public void Run()
        {
            while (_queue.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                Task.Factory.StartNew(() => next.Callback(next.State), CancellationToken.None, TaskCreationOptions.None, _scheduler)
                    .GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>Runs a task where it is started.</summary>
    private sealed class HereScheduler : TaskScheduler
    {
        protected override IEnumerable<Task> GetScheduledTasks() => [];

        protected override void QueueTask(Task task) => TryExecuteTask(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);
    }
}
