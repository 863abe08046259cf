using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

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
    private readonly IReadOnlyList<HistoryEvent> _history;
    private readonly Dictionary<int, Asked> _known;
    private readonly HashSet<int> _repeated = [];
    private readonly List<Asked> _asked = [];
    private readonly Dictionary<int, TaskCompletionSource<string?>> _open = [];
    private readonly Dictionary<string, Queue<TaskCompletionSource<string?>>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<EventRaised> _events = [];
    private readonly Turns _turns = new();
    private readonly EntityFeature _entities;
    private readonly TaskName _name;
    private string? _input;
    private DateTime _now;
    private bool _isReplaying = true;
    private int _lastId;
    private int _guids;
    private string? _status;
    private (string? Input, bool Keep)? _next;

    public Replay(string instanceId, string name, IReadOnlyList<HistoryEvent> history)
    {
        _instanceId = instanceId;
        _name = name;
        _history = history;
        _known = history.OfType<Asked>().ToDictionary(one => one.Id);
        _entities = new EntityFeature(this);
    }

    public override TaskName Name => _name;

    public override string InstanceId => _instanceId;

    public override ParentOrchestrationInstance? Parent => null;

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

    public override T GetInput<T>() => HubJson.Converter.Deserialize<T>(_input)!;

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        string? text = HubJson.Converter.Serialize(input);
        DateTime first = _now;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                int id = ++_lastId;
                string? result = await AskAsync(new ActivityAsked(id, name.Name, text));
                return HubJson.Converter.Deserialize<TResult>(result)!;
            }
            catch (TaskFailedException error) when (options?.Retry is not null)
            {
                TimeSpan? delay = await DelayAsync(options.Retry, attempt, first, error);
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
            if (!_waiting.TryGetValue(eventName, out Queue<TaskCompletionSource<string?>>? queue))
            {
                _waiting.Add(eventName, queue = new Queue<TaskCompletionSource<string?>>());
            }
            queue.Enqueue(completion);
        }
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => completion.TrySetCanceled(cancellationToken));
        return HubJson.Converter.Deserialize<T>(await completion.Task)!;
    }

    public override void SendEvent(string instanceId, string eventName, object payload) =>
        Ask(new EventAsked(++_lastId, instanceId, eventName, HubJson.Converter.Serialize(payload)));

    public override void SetCustomStatus(object? customStatus) => _status = HubJson.Converter.Serialize(customStatus);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        throw new NotSupportedException("Orchestrations within orchestrations are not part of this engine.");

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        _next = (HubJson.Converter.Serialize(newInput), preserveUnprocessedEvents);

    public override Guid NewGuid() => new(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{_instanceId}|{_now.Ticks}|{++_guids}"))).AsSpan(0, 16));

    private OrchestrationResult RunHere(Func<TaskOrchestrationContext, Task<object?>> orchestrator)
    {
        Task<object?>? task = null;
        int fresh = _history.Select((one, index) => (one, index)).Last(pair => pair.one is RunBegan).index;
        try
        {
            for (int i = 0; i < _history.Count; i++)
            {
                _isReplaying = i < fresh;
                if (_history[i] is Started started)
                {
                    _input = started.Input;
                    task = orchestrator(this);
                }
                else
                {
                    Happened(_history[i]);
                }
                _turns.Run();
            }
            CheckDeterminism(task!);
        }
        catch (NotDeterministicException error)
        {
            return Failed(error);
        }
        if (!task!.IsCompleted)
        {
            return new OrchestrationResult(_asked) { CustomStatus = _status };
        }
        if (!task.IsCompletedSuccessfully)
        {
            return Failed(task.Exception?.InnerException ?? new OperationCanceledException());
        }
        return new OrchestrationResult(_asked)
        {
            HasEnded = true,
            Output = HubJson.Converter.Serialize(task.GetAwaiter().GetResult()),
            ContinuesAsNew = _next is not null,
            NewInput = _next?.Input,
            Unprocessed = _next is { Keep: true } ? [.. _events] : [],
            CustomStatus = _status,
        };
    }

    private OrchestrationResult Failed(Exception error) => new(_asked)
    {
        HasEnded = true,
        Failure = TaskFailureDetails.FromException(error),
        CustomStatus = _status,
    };

    private void CheckDeterminism(Task task)
    {
        if (task.IsFaulted && task.Exception.InnerException is NotDeterministicException found)
        {
            throw found;
        }
        if (_known.Keys.FirstOrDefault(id => !_repeated.Contains(id)) is int missing and > 0)
        {
            throw new NotDeterministicException($"{_name} {_instanceId} did not ask again for {_known[missing]}.");
        }
        if (!task.IsCompleted && _open.Count == 0 && _waiting.Values.All(queue => queue.Count == 0))
        {
            throw new NotDeterministicException($"{_name} {_instanceId} waits for something that is none of its own.");
        }
    }

    private void Happened(HistoryEvent one)
    {
        switch (one)
        {
            case RunBegan began:
                _now = began.At;
                break;
            case TimerFired fired:
                Close(fired.Id)?.TrySetResult(null);
                break;
            case ActivityDone done:
                Close(done.Id)?.TrySetResult(done.Result);
                break;
            case ActivityFailed failed:
                string name = _known[failed.Id] is ActivityAsked asked ? asked.Name : "";
                Close(failed.Id)?.TrySetException(new TaskFailedException(name, failed.Id, failed.Failure));
                break;
            case CallDone done:
                Close(done.Id)?.TrySetResult(done.Result);
                break;
            case CallFailed failed:
                CallAsked call = (CallAsked)_known[failed.Id];
                Close(failed.Id)?.TrySetException(
                    new EntityOperationFailedException(EntityInstanceId.FromString(call.Target), call.Operation, failed.Failure));
                break;
            case EventRaised raised:
                Raise(raised);
                break;
        }
    }

    private void Raise(EventRaised raised)
    {
        if (_waiting.TryGetValue(raised.Name, out Queue<TaskCompletionSource<string?>>? queue))
        {
            while (queue.TryDequeue(out TaskCompletionSource<string?>? completion))
            {
                if (completion.TrySetResult(raised.Payload))
                {
                    return;
                }
            }
        }
        _events.Add(raised);
    }

    private TaskCompletionSource<string?>? Close(int id) => _open.Remove(id, out TaskCompletionSource<string?>? completion) ? completion : null;

    private async Task TimerAsync(DateTime fireAt, CancellationToken cancellation)
    {
        int id = ++_lastId;
        Task<string?> fired = AskAsync(new TimerAsked(id, fireAt.ToUniversalTime()));
        TaskCompletionSource<string?> completion = _open[id];
        await using CancellationTokenRegistration registration = cancellation.Register(() => completion.TrySetCanceled(cancellation));
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
        if (before != asked)
        {
            throw new NotDeterministicException($"{_name} {_instanceId} asked for {before} before, and now for {asked}.");
        }
        _repeated.Add(asked.Id);
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

    /// <summary>Continuations of the orchestration, in order, in the thread that replays it.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();

        public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

        public void Run()
        {
            while (_queue.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }
    }
}
