using DurableObjects.Workflows;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>
/// An orchestration's history as a client gets it, on which the workflow's code is run once more, with nothing asked of anybody: that is how
/// its steps are told, since a history says neither what an activity was given nor what a timer was for.
/// </summary>
internal sealed class PastOrchestration : IOrchestration
{
    /// <summary>The longest timer that the platform makes in one piece.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(3);

    private readonly Dictionary<int, TaskCompletionSource<string?>> _open = [];
    private readonly Queue<WorkflowEvent> _events = [];
    private TaskCompletionSource<WorkflowEvent>? _listener;
    private int _nextId;

    public DateTimeOffset Now { get; private set; }

    public bool IsReplaying => true;

    /// <summary>The steps that a history is the record of.</summary>
    public static IReadOnlyList<WorkflowStep> Steps(string id, IEnumerable<HistoryEvent> history, WorkflowRun run, ILogger logger)
    {
        // The code's continuations run where they are caused, as they do on the platform.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            PastOrchestration past = new();
            WorkflowExecution? execution = null;
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
                        execution = new WorkflowExecution(past, id, start, run, logger);
                        _ = execution.RunAsync();
                        break;
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
            return execution?.Steps ?? [];
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    public async Task<TResult?> CallAsync<TResult>(string activity, object input)
        where TResult : class => WorkflowStatuses.Read<TResult>(await AskAsync(CancellationToken.None));

    public async Task WaitAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        while (until - Now > LongestTimer)
        {
            await AskAsync(cancellation);
        }
        await AskAsync(cancellation);
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

    public void Send(string workflowId, WorkflowEvent one) => _nextId++;

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

    private async Task<string?> AskAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<string?> waiter = new();
        int id = _nextId++;
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
