using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

// Runs of orchestrations.
public sealed partial class TaskHub
{
    /// <summary>
    /// Gives out a run of an orchestration; null if what has come for it is of a run that is over, or of one that was never there: events
    /// to an instance that has not begun are lost.
    /// </summary>
    public OrchestrationWork? TakeOrchestration(string id)
    {
        lock (_lock)
        {
            OrchestrationInstance instance = Orchestration(id);
            while (instance.Queue.OfType<OrchestrationStart>().FirstOrDefault() is { } start)
            {
                if (Begins(instance, start))
                {
                    Started started = new(start.Name, start.Input, start.Parent) { At = start.At };
                    return Take(instance, start.Execution, [Began(), started], [start]);
                }
                instance.Queue.RemoveAll(one => one is OrchestrationStart same && same.Execution == start.Execution);
            }
            if (!instance.IsGoingOn)
            {
                TerminateUnbegun(instance);
                instance.Queue.Clear();
                return null;
            }
            instance.Queue.RemoveAll(one => one is OrchestrationNews { Execution: { } execution } && execution != instance.Execution);
            List<OrchestrationNews> news = [.. instance.Queue.OfType<OrchestrationNews>().Where(one => !instance.IsEarly(one))];
            return news.Count == 0
                ? null
                : Take(instance, instance.Execution!, [.. instance.History, Began(), .. news.Select(one => one.Event)], news);
        }
    }

    /// <summary>Sends what a run asks for. It comes before the checkpoint.</summary>
    public void Send(OrchestrationWork work, OrchestrationResult result)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(result);
        lock (_lock)
        {
            foreach (Asked asked in result.Asked)
            {
                Send(work, asked, clock.GetUtcNow());
                Count(work.InstanceId, figures =>
                {
                    figures.Timers += asked is TimerAsked ? 1 : 0;
                    figures.Signals += asked is SignalAsked or CallAsked ? 1 : 0;
                    figures.Starts += asked is OrchestrationAsked ? 1 : 0;
                });
            }
            foreach (EventRaised kept in result.Unprocessed)
            {
                PostNews(work.InstanceId, null, kept);
            }
            if (work.Started.Parent is { } parent && result is { HasEnded: true, ContinuesAsNew: false })
            {
                HistoryEvent end = result.Failure is not null || result.IsTerminated
                    ? new Threw(parent.TaskId, result.Failure)
                    : new Returned(parent.TaskId, result.Output);
                PostNews(parent.InstanceId, parent.Execution, end);
            }
        }
        Changed?.Invoke();
    }

    /// <summary>Makes a run durable, unless another worker did so with the same history; whether it did.</summary>
    public bool Checkpoint(OrchestrationWork work, OrchestrationResult result)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(result);
        lock (_lock)
        {
            OrchestrationInstance instance = work.Instance;
            if (instance.Version != work.Version)
            {
                Abandon(work);
                return false;
            }
            DateTime now = clock.GetUtcNow().UtcDateTime;
            bool isOver = result is { HasEnded: true, ContinuesAsNew: false };
            IEnumerable<HistoryEvent> end = isOver ? [new Ended(result.Output, result.Failure, result.IsTerminated) { At = now }] : [];
            Write(instance, work, result, isOver);
            instance.Version++;
            instance.Execution = work.Execution;
            instance.History = [.. work.History, .. result.Asked.Select(one => one with { At = now }), .. end];
            instance.Running = null;
            foreach (HubMessage taken in work.Taken)
            {
                instance.Queue.Remove(taken);
            }
            if (result.ContinuesAsNew)
            {
                instance.Queue.Insert(0, new OrchestrationStart(instance.Id, NewExecution(), work.Name, result.NewInput)
                {
                    Continues = true,
                    Parent = work.Started.Parent,
                    At = now,
                });
                instance.Queue.InsertRange(1, result.CarriedOver.Select(one => new OrchestrationNews(instance.Id, null, one)));
            }
            Count(work.InstanceId, figures => figures.Checkpoints++);
        }
        Changed?.Invoke();
        return true;
    }

    /// <summary>The worker is gone, or its checkpoint was lost.</summary>
    public void Abandon(OrchestrationWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_lock)
        {
            if (work.Instance.Running == work)
            {
                work.Instance.Running = null;
            }
            Count(work.InstanceId, figures => figures.LostCheckpoints++);
        }
        Changed?.Invoke();
    }

    /// <summary>
    /// Whether a start begins a run. A repeated one does not. One from a client is compared with the table of instances; those of entities
    /// and orchestrations are not, and begin the instance anew, in place of the run that is on.
    /// </summary>
    private bool Begins(OrchestrationInstance instance, OrchestrationStart start)
    {
        if (start.Continues)
        {
            return true;
        }
        if (start.Execution == instance.Execution)
        {
            return false;
        }
        if (start.IsFromClient)
        {
            return instance.Row is { Status: not OrchestrationRuntimeStatus.Terminated } row && row.Execution == start.Execution;
        }
        return start.Parent is not null || instance.Execution is null || !options.IgnoresKnownInstance();
    }

    /// <summary>An orchestration that was terminated before its time to begin has only a line in the table.</summary>
    private void TerminateUnbegun(OrchestrationInstance instance)
    {
        if (instance is { Row.Status: OrchestrationRuntimeStatus.Pending }
            && instance.Queue.OfType<OrchestrationNews>().Select(one => one.Event).OfType<Terminated>().LastOrDefault() is { } terminated)
        {
            instance.Row.Status = OrchestrationRuntimeStatus.Terminated;
            instance.Row.Output = terminated.Output;
            instance.Row.Updated = clock.GetUtcNow();
        }
    }

    private void Write(OrchestrationInstance instance, OrchestrationWork work, OrchestrationResult result, bool isOver)
    {
        DateTimeOffset now = clock.GetUtcNow();
        InstanceRow row = instance.Row ??= new InstanceRow { Execution = work.Execution, Name = work.Name, Created = now };
        if (instance.Execution != work.Execution)
        {
            (row.Execution, row.Name, row.Input) = (work.Execution, work.Name, work.Started.Input);
            row.Created = new DateTimeOffset(work.Started.At, TimeSpan.Zero);
            row.Status = OrchestrationRuntimeStatus.Running;
        }
        row.Updated = now;
        row.CustomStatus = result.CustomStatus ?? "null";
        foreach (OrchestrationNews news in work.Taken.OfType<OrchestrationNews>())
        {
            (row.Status, row.Output) = news.Event switch
            {
                Suspended suspended => (OrchestrationRuntimeStatus.Suspended, suspended.Reason),
                Resumed resumed => (OrchestrationRuntimeStatus.Running, resumed.Reason),
                _ => (row.Status, row.Output),
            };
        }
        if (isOver)
        {
            row.Status = result.IsTerminated ? OrchestrationRuntimeStatus.Terminated
                : result.Failure is null ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Failed;
            row.Output = result.Output ?? result.Failure?.ToString();
        }
    }

    private void Send(OrchestrationWork work, Asked asked, DateTimeOffset now)
    {
        switch (asked)
        {
            case TimerAsked timer:
                DateTimeOffset due = new(timer.FireAt, TimeSpan.Zero);
                PostNews(work.InstanceId, work.Execution, new TimerFired(timer.Id, timer.FireAt), due + options.TimerError());
                break;
            case EventAsked raised:
                PostNews(raised.Target, null, new EventRaised(raised.Name, raised.Payload));
                break;
            case ActivityAsked activity:
                Post(new ActivityRequest(work.InstanceId, work.Execution, activity.Id, activity.Name, activity.Input) { Visible = now });
                break;
            case OrchestrationAsked called:
                Post(new OrchestrationStart(called.InstanceId, NewExecution(), called.Name, called.Input)
                {
                    Parent = new ParentTask(work.InstanceId, work.Execution, work.Name, called.Id),
                    Visible = now,
                    At = now.UtcDateTime,
                });
                break;
            case SignalAsked signal:
                Post(new EntitySignal(EntityInstanceId.FromString(signal.Target), signal.Operation, signal.Input)
                {
                    Visible = signal.Due is { } at ? at + options.SignalError() : now,
                });
                break;
            case CallAsked call:
                Post(new EntitySignal(EntityInstanceId.FromString(call.Target), call.Operation, call.Input)
                {
                    Caller = new Caller(work.InstanceId, work.Execution, call.Id),
                    Visible = now,
                });
                break;
            default:
                throw new NotSupportedException($"An orchestration cannot ask for {asked}.");
        }
    }

    private OrchestrationWork Take(
        OrchestrationInstance instance, string execution, IReadOnlyList<HistoryEvent> history, IReadOnlyList<HubMessage> taken)
    {
        OrchestrationWork work = new(instance, execution, history, taken) { ComparesInputs = ComparesInputs };
        instance.Running = work;
        Count(instance.Id, figures => figures.Runs++);
        return work;
    }

    private RunBegan Began() => new() { At = clock.GetUtcNow().UtcDateTime };

    private OrchestrationInstance Orchestration(string id)
    {
        if (!_orchestrations.TryGetValue(id, out OrchestrationInstance? instance))
        {
            _orchestrations.Add(id, instance = new OrchestrationInstance(id));
        }
        return instance;
    }

    private void PostNews(string instanceId, string? execution, HistoryEvent happened, DateTimeOffset? visible = null)
    {
        DateTimeOffset now = clock.GetUtcNow();
        Post(new OrchestrationNews(instanceId, execution, happened with { At = now.UtcDateTime }) { Visible = visible ?? now });
    }
}
