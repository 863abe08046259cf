using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Turns;
using DurableObjects.Workflows;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>
/// One execution of a workflow on an orchestration: what happens there is given to the workflow's code, one thing after the other, and what
/// that asks for is asked of the platform. A replay of the orchestration is a replay of the code with it.
/// </summary>
/// <remarks>
/// Everything here runs in the orchestration's thread. An orchestration does not end while an activity that it has called has not; what the
/// code has given up is only not listened to any more.
/// </remarks>
internal sealed class WorkflowExecution
{
    /// <summary>
    /// How often what was lost with its worker is run again without being counted: once in a while that happens to every activity, and one
    /// to which it happens each time may be the reason.
    /// </summary>
    private const int MaxLost = 5;

    /// <summary>The first delay after that; twice as long each time.</summary>
    private static readonly TimeSpan LostDelay = TimeSpan.FromSeconds(5);

    private readonly IOrchestration _platform;
    private readonly string _id;
    private readonly WorkflowStart _start;
    private readonly WorkflowRun _run;
    private readonly ILogger _logger;
    private readonly ReplayEngine _code;
    private readonly EventOrder _order;
    private readonly OutgoingSignals _signals;
    private readonly long _sentEpoch;
    private readonly Dictionary<long, CancellationTokenSource> _timers = [];
    private readonly List<OperationRecord> _records = [];
    private readonly List<Happening> _held = [];
    private readonly List<Happening> _late = [];
    private readonly TaskCompletionSource<WorkflowEnd> _ended = new();
    private string _trail = "";
    private long _happenings;
    private long _lastOwnTimer;
    private bool _isSuspended;
    private bool _isWatching;
    private bool _isOver;

    public WorkflowExecution(IOrchestration platform, string id, WorkflowStart start, WorkflowRun run, ILogger logger)
    {
        (_platform, _id, _start, _run, _logger) = (platform, id, start, run, logger);
        _code = new ReplayEngine(id, start.Name, start.Execution, history: null);
        _order = new EventOrder(start.Seen);
        _sentEpoch = Math.Max(start.SentEpoch + 1, platform.Now.UtcTicks);
        _signals = new OutgoingSignals(platform, id, _sentEpoch, Go);
    }

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<WorkflowStep> Steps => OperationRecord.Steps(_records);

    /// <summary>What the code has asked for last.</summary>
    public Operation? Newest => _records.Count > 0 ? _records[^1].Operation : null;

    /// <summary>What the workflow is to continue as new with, once it has ended; null if it is not.</summary>
    public WorkflowStart? Next { get; private set; }

    /// <summary>Runs it to its end, or to where it continues as new.</summary>
    public async Task<WorkflowEnd> RunAsync()
    {
        Do(() => _code.Begin(_run, _start.IsContinued ? _start.Next : _start.Input, _platform.Now));
        foreach (WorkflowEvent one in _start.Events ?? [])
        {
            Take(one);
        }
        Go(ListenAsync);
        WorkflowEnd end = await _ended.Task;
        bool continues = end.State == WorkflowState.Completed && _code.Next.IsAsked;
        if (!continues)
        {
            Announce(end);
        }
        _signals.Flush();
        await _signals.AllSentAsync();
        if (continues)
        {
            Next = _start with
            {
                Execution = _start.Execution + 1,
                IsContinued = true,
                Next = _code.Next.Input,
                Events = [.. _code.Untaken.Concat(_late).Select(one => new WorkflowEvent
                {
                    Command = new WorkflowCommand(WorkflowVerb.Raise) { Name = one.Event, Payload = one.Payload },
                })],
                Seen = _order.Seen,
                SentEpoch = _sentEpoch,
            };
        }
        return end;
    }

    /// <summary>Has something go on by itself. What it throws, which nothing should, is the orchestration's failure.</summary>
    private void Go(Func<Task> action) => _ = GuardAsync(action);

    private async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception error)
        {
            _ended.TrySetException(error);
        }
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            foreach (WorkflowEvent one in _order.Receive(await _platform.NextEventAsync()))
            {
                Take(one);
            }
            if (_order.HoldsBack && !_isWatching)
            {
                _isWatching = true;
                Go(WatchAsync);
            }
        }
    }

    /// <summary>Looks after what is held back since something before it has not come.</summary>
    private async Task WatchAsync()
    {
        if (await WaitAsync(0, _platform.Now + EventOrder.Patience))
        {
            _isWatching = false;
            foreach (WorkflowEvent one in _order.Release())
            {
                Take(one);
            }
        }
    }

    private void Take(WorkflowEvent one)
    {
        if (one.Child is { } child)
        {
            if (child.Execution == _start.Execution)
            {
                Ended(child.Number, child.Outcome);
            }
            return;
        }
        switch (one.Command)
        {
            case { Verb: WorkflowVerb.Raise } raised:
                Raise(raised);
                break;
            case { Verb: WorkflowVerb.Terminate } command when !_isOver:
                string reason = command.Reason is { Length: > 0 } given ? given : "It was terminated.";
                WorkflowError shown = new(ErrorCodes.WorkflowTerminated, Short(reason));
                _platform.Show(new WorkflowShown(WorkflowState.Terminated, shown));
                End(WorkflowState.Terminated, null, new Failure(500, ErrorCodes.WorkflowTerminated, reason, false, false, null));
                break;
            case { Verb: WorkflowVerb.Suspend } when !_isOver && !_isSuspended:
                _isSuspended = true;
                _platform.Show(new WorkflowShown(WorkflowState.Suspended, null));
                break;
            case { Verb: WorkflowVerb.Resume } when !_isOver && _isSuspended:
                Resume();
                break;
        }
    }

    private void Raise(WorkflowCommand raised)
    {
        int waiting = _code.Untaken.Count + _late.Count + _held.Count(one => one.Event is not null);
        if (waiting >= Limits.WaitingEvents)
        {
            // Whoever raised it has gone: an event has no answer here.
            if (!_platform.IsReplaying)
            {
                _logger.EventDropped(_id, raised.Name!, Limits.WaitingEvents);
            }
            return;
        }
        Happened(new Happening(++_happenings, _platform.Now, 0, raised.Name, StepOutcome.Of(raised.Payload)));
    }

    private void Resume()
    {
        _isSuspended = false;
        _platform.Show(null);
        // It hears of all of it now, and of what came by itself last.
        bool IsSleep(Happening one) =>
            one.Number > 0 && _records[(int)one.Number - 1].Operation.Kind is OperationKind.Sleep or OperationKind.Timer;
        Happening[] held = [.. _held.OrderBy(IsSleep).Select(one => one with { At = _platform.Now })];
        _held.Clear();
        foreach (Happening one in held)
        {
            Happened(one);
        }
    }

    /// <summary>Notes what came of an operation, and tells the code.</summary>
    private void Ended(long number, StepOutcome? outcome)
    {
        if (number <= _records.Count && Close(number, outcome, isCancelled: false))
        {
            Happened(new Happening(++_happenings, _platform.Now, number, null, outcome ?? StepOutcome.Of(null)));
        }
    }

    private void Happened(Happening happening)
    {
        if (_isOver)
        {
            if (happening.Event is not null)
            {
                _late.Add(happening);
            }
        }
        else if (_isSuspended)
        {
            _held.Add(happening);
        }
        else
        {
            Do(() => _code.Feed(happening));
        }
    }

    /// <summary>Has the code go on, and asks for what it asks for.</summary>
    private void Do(Action action)
    {
        try
        {
            _code.IsRepeating = _platform.IsReplaying;
            action();
        }
        catch (WorkflowChangedException changed)
        {
            Stop(changed.Message);
            return;
        }
        foreach (ReplayEngine.Request request in _code.TakeRequests())
        {
            Ask(request);
        }
        _signals.Flush();
        if (_code.Outcome is { } outcome)
        {
            End(outcome.Error is null ? WorkflowState.Completed : WorkflowState.Failed, outcome.Value, outcome.Error);
        }
    }

    private void Ask(ReplayEngine.Request request)
    {
        if (request.IsEnded)
        {
            Close(request.Number, null, request.IsCancelled);
            if (_timers.Remove(request.Number, out CancellationTokenSource? timer))
            {
                timer.Cancel();
            }
            return;
        }
        Operation operation = request.Operation!;
        _records.Add(new OperationRecord(operation, _platform.Now) { Due = request.Due });
        _trail = Digest($"{_trail}|{operation.Number}|{operation.Step}|{operation.Kind}|{operation.Name}|{operation.Attempt}");
        string trail = _trail;
        if (request.Attempt is { } attempt)
        {
            Go(() => AttemptAsync(new AttemptRequest(operation, trail, attempt)));
        }
        else if (request.Due is { } due)
        {
            Go(() => SleepAsync(operation.Number, due));
        }
        else if (request.Child is var (id, command))
        {
            Go(() => StartAsync(new ChildRequest(operation, trail, id, WorkflowStart.Of(command, _platform.Now))));
        }
        else if (request.Signal is var (receiver, method, arguments))
        {
            _signals.Add(receiver, method, arguments);
        }
    }

    private async Task AttemptAsync(AttemptRequest request)
    {
        AttemptResult? result = await CallAsync<AttemptResult>(WorkflowActivities.Attempt, request);
        if (IsSame(result, request.Operation, request.Trail))
        {
            Ended(request.Operation.Number, result?.Outcome ?? Lost(request.Attempt.Title));
        }
    }

    private async Task StartAsync(ChildRequest request)
    {
        AttemptResult? result = await CallAsync<AttemptResult>(WorkflowActivities.StartChild, request);
        if (IsSame(result, request.Operation, request.Trail) && (result?.Outcome ?? Lost(request.Id)) is { Error: not null } failed)
        {
            Ended(request.Operation.Number, failed);
        }
    }

    private async Task SleepAsync(long number, DateTimeOffset due)
    {
        if (await WaitAsync(number, due))
        {
            Ended(number, null);
        }
    }

    /// <summary>Waits until a time; whether it has come. Not, if the wait was cancelled.</summary>
    private async Task<bool> WaitAsync(long number, DateTimeOffset due)
    {
        CancellationTokenSource timer = new();
        long key = number > 0 ? number : --_lastOwnTimer;
        _timers.Add(key, timer);
        try
        {
            do
            {
                await _platform.WaitAsync(due, timer.Token);
            }
            while (_platform.Now < due);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _timers.Remove(key);
            timer.Dispose();
        }
    }

    /// <summary>Calls an activity, and again if its worker is lost; null if it always was, or if nobody waits for it any more.</summary>
    private async Task<TResult?> CallAsync<TResult>(string activity, object request)
        where TResult : class
    {
        for (int lost = 0; ; lost++)
        {
            TResult? result = await _platform.CallAsync<TResult>(activity, request);
            if (result is not null || _isOver || lost == MaxLost || !await WaitAsync(0, _platform.Now + (LostDelay * (1 << lost))))
            {
                return result;
            }
        }
    }

    private static StepOutcome Lost(string what) => StepOutcome.Failed(new DurableObjectException(
        503, ErrorCodes.Unavailable, $"The process that ran '{what}' ended before it did, {MaxLost + 1} times.")
    { Retryable = true });

    /// <summary>Whether a result is of what the code asks for now; if not, the code has changed.</summary>
    private bool IsSame(AttemptResult? result, Operation operation, string trail)
    {
        if (_isOver)
        {
            return false;
        }
        if (result is null || (result.Operation == operation && result.Trail == trail))
        {
            return true;
        }
        Stop(Changed(_start.Name, result.Operation == operation
            ? $"What it asks for before {operation} is not what the history has."
            : $"The code asks for {operation}, where the history has {result.Operation}."));
        return false;
    }

    /// <summary>The text of <see cref="ErrorCodes.WorkflowChanged"/>.</summary>
    public static string Changed(string name, string what) =>
        $"The code of the workflow '{name}' has changed in a way that its history does not allow: {what}";

    private void Stop(string reason)
    {
        if (!_platform.IsReplaying && !_isOver)
        {
            _logger.WorkflowStopped(_id, reason);
        }
        End(WorkflowState.Failed, null, new Failure(500, ErrorCodes.WorkflowChanged, reason, false, false, null));
    }

    private void End(WorkflowState state, JsonElement? output, Failure? error)
    {
        if (_isOver)
        {
            return;
        }
        _isOver = true;
        foreach (CancellationTokenSource timer in _timers.Values.ToList())
        {
            timer.Cancel();
        }
        _late.AddRange(_held.Where(one => one.Event is not null));
        _ended.TrySetResult(new WorkflowEnd(state, output, error, _platform.Now));
    }

    private void Announce(WorkflowEnd end)
    {
        if (_start.Parent is { } parent)
        {
            _platform.Send(parent.WorkflowId, new WorkflowEvent
            {
                Child = new ChildEnd(parent.Execution, parent.Number, new StepOutcome(end.Output, end.Error)),
            });
        }
        if (_start.ReplyTo is { } reply)
        {
            WorkflowStatus status = WorkflowStatuses.Of(_id, _start, end);
            _signals.Add(
                ObjectAddress.OfKey(reply.ObjectClass, reply.ObjectKey), reply.Method,
                JsonSerializer.SerializeToElement(new[] { status }, ObjectJson.Options));
        }
    }

    /// <summary>Notes that an operation has ended; whether it had not before.</summary>
    private bool Close(long number, StepOutcome? outcome, bool isCancelled)
    {
        OperationRecord record = _records[(int)number - 1];
        if (record.Ended is not null)
        {
            return false;
        }
        _records[(int)number - 1] = record with
        {
            Ended = _platform.Now,
            Outcome = outcome,
            IsCancelled = isCancelled,
            Due = isCancelled ? null : record.Due,
        };
        return true;
    }

    /// <summary>What fits into a custom status, which has 8,192 characters at most.</summary>
    private static string Short(string text) => text.Length <= 1_000 ? text : text[..1_000];

    private static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
