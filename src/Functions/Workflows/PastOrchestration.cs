using DurableObjects.Workflows;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>
/// An orchestration's history as a client gets it, on which the workflow's code is run once more, with nothing asked of anybody: that is
/// how its steps are told, since a history says neither what an activity was given nor what a timer was for.
/// </summary>
internal sealed class PastOrchestration : IOrchestration
{
    /// <summary>The longest timer that the platform makes in one piece.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(3);

    private readonly Dictionary<int, TaskCompletionSource<string?>> _open = [];
    private readonly Queue<WorkflowEvent> _events = [];
    private readonly Dictionary<int, (EventType Kind, string What)> _asked = [];
    private TaskCompletionSource<WorkflowEvent>? _listener;
    private WorkflowExecution? _execution;
    private int _nextId;

    public DateTimeOffset Now { get; private set; }

    public bool IsReplaying => true;

    /// <summary>
    /// The steps that a history is the record of; and if the code asks for something of another kind than is there, which is what the
    /// platform itself finds and fails the orchestration for, what that is.
    /// </summary>
    public static (IReadOnlyList<WorkflowStep> Steps, string? Change) Tell(
        string id, IList<HistoryEvent> history, WorkflowRun run, ILogger logger)
    {
        // The code's continuations run where they are caused, as they do on the platform.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            PastOrchestration past = new();
            Queue<HistoryEvent> held = [];
            bool isSuspended = false;
            foreach (HistoryEvent one in history)
            {
                switch (one)
                {
                    case OrchestratorStartedEvent:
                        past.Now = PlatformOrchestration.Whole(one.Timestamp);
                        break;
                    case ExecutionStartedEvent started when WorkflowStatuses.Read<WorkflowStart>(started.Input) is { } start:
                        past._execution = new WorkflowExecution(past, id, start, run, logger);
                        _ = past._execution.RunAsync();
                        break;
                    case TaskScheduledEvent or TimerCreatedEvent or EventSentEvent when past.ChangeAt(one, history) is { } change:
                        return (past._execution?.Steps ?? [], change);
                    case ExecutionSuspendedEvent:
                        isSuspended = true;
                        break;
                    case ExecutionResumedEvent:
                        isSuspended = false;
                        while (held.TryDequeue(out HistoryEvent? next))
                        {
                            past.Happen(next);
                        }
                        break;
                    default:
                        if (isSuspended)
                        {
                            held.Enqueue(one);
                        }
                        else
                        {
                            past.Happen(one);
                        }
                        break;
                }
            }
            return (past._execution?.Steps ?? [], null);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public async Task<TResult?> CallAsync<TResult>(string activity, object input)
        where TResult : class => WorkflowStatuses.Read<TResult>(await AskAsync(EventType.TaskScheduled, CancellationToken.None));

    public async Task WaitAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        while (until - Now > LongestTimer)
        {
            await AskAsync(EventType.TimerCreated, cancellation);
        }
        await AskAsync(EventType.TimerCreated, cancellation);
    }

    public Task<WorkflowEvent> NextEventAsync()
    {
        if (_events.TryDequeue(out WorkflowEvent? one))
        {
            return Task.FromResult(one);
        }
        _listener = new TaskCompletionSource<WorkflowEvent>();
        return _listener.Task;
    }

    public void Send(string workflowId, WorkflowEvent one) => Ask(EventType.EventSent);

    public void Show(WorkflowShown? shown)
    {
    }

    private void Happen(HistoryEvent one)
    {
        switch (one)
        {
            case TaskCompletedEvent completed:
                Answer(completed.TaskScheduledId, completed.Result);
                break;
            case TaskFailedEvent failed:
                Answer(failed.TaskScheduledId, null);
                break;
            case TimerFiredEvent fired:
                Answer(fired.TimerId, null);
                break;
            case EventRaisedEvent raised when WorkflowEvent.Name.Equals(raised.Name, StringComparison.OrdinalIgnoreCase)
                && WorkflowStatuses.Read<WorkflowEvent>(raised.Input) is { } came:
                if (_listener is { } listener)
                {
                    _listener = null;
                    listener.SetResult(came);
                }
                else
                {
                    _events.Enqueue(came);
                }
                break;
        }
    }

    private void Answer(int id, string? result)
    {
        if (_open.Remove(id, out TaskCompletionSource<string?>? waiter))
        {
            waiter.TrySetResult(result);
        }
    }

    /// <summary>What of the code's is not what the history has there; null if nothing.</summary>
    private string? ChangeAt(HistoryEvent there, IList<HistoryEvent> history)
    {
        bool isAsked = _asked.TryGetValue(there.EventId, out (EventType Kind, string What) asked);
        if (isAsked && asked.Kind == there.EventType)
        {
            return null;
        }
        string had = WorkflowStatuses.Read<AttemptResult>(
            history.OfType<TaskCompletedEvent>().FirstOrDefault(one => one.TaskScheduledId == there.EventId)?.Result)?.Operation?.ToString()
            ?? (there is TaskScheduledEvent ? "an activity" : there is TimerCreatedEvent ? "a timer" : "an event for another workflow");
        return isAsked
            ? $"The code asks for {asked.What}, where the history has {had}."
            : $"The history has {had}, which the code does not ask for any more.";
    }

    private int Ask(EventType kind)
    {
        int id = _nextId++;
        _asked.Add(id, (kind, _execution?.Newest?.ToString() ?? "something"));
        return id;
    }

    private async Task<string?> AskAsync(EventType kind, CancellationToken cancellation)
    {
        TaskCompletionSource<string?> waiter = new();
        int id = Ask(kind);
        _open.Add(id, waiter);
        await using (cancellation.Register(() =>
        {
            _open.Remove(id);
            waiter.TrySetCanceled(cancellation);
        }))
        {
            return await waiter.Task;
        }
    }
}
