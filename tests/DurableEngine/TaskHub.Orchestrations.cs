using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace DurableObjects.DurableEngine;

public sealed partial class TaskHub
{
    /// <summary>
    /// Gives out a run of an orchestration; null if what has come for it is of a run that is over.
    /// </summary>
    public OrchestrationWork? TakeOrchestration(string id)
    {
        lock (_lock)
        {
            OrchestrationInstance instance = Orchestration(id);
            if (instance.Queue.OfType<OrchestrationStart>().FirstOrDefault() is { } start)
            {
                bool isKnown = instance.Execution is not null && instance.Execution != start.Execution;
                if (isKnown && !start.Execution.StartsWith(Continued, StringComparison.Ordinal) && options.IgnoresKnownInstance())
                {
                    instance.Queue.Remove(start);
                    return null;
                }
                return Take(instance, start.Execution, start.Name, [Began(), new Started(start.Name, start.Input)], [start]);
            }
            List<OrchestrationNews> news =
                [.. instance.Queue.OfType<OrchestrationNews>().Where(one => one.Execution is null || one.Execution == instance.Execution)];
            if (instance.Status is not OrchestrationRuntimeStatus.Running || news.Count == 0)
            {
                instance.Queue.Clear();
                return null;
            }
            return Take(
                instance, instance.Execution!, instance.Name, [.. instance.History, Began(), .. news.Select(one => one.Event)], news);
        }
    }

    /// <summary>Sends what a run asks for. It comes before the checkpoint.</summary>
    public void Send(OrchestrationWork work, OrchestrationResult result)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(result);
        DateTimeOffset now = clock.GetUtcNow();
        lock (_lock)
        {
            foreach (Asked asked in result.Asked)
            {
                Post(asked switch
                {
                    TimerAsked timer => new OrchestrationNews(work.InstanceId, work.Execution, new TimerFired(timer.Id))
                    {
                        Visible = new DateTimeOffset(timer.FireAt, TimeSpan.Zero) + options.TimerError(),
                    },
                    ActivityAsked activity =>
                        new ActivityRequest(work.InstanceId, work.Execution, activity.Id, activity.Name, activity.Input) { Visible = now },
                    SignalAsked signal => new EntitySignal(EntityInstanceId.FromString(signal.Target), signal.Operation, signal.Input)
                    {
                        Visible = signal.At is { } at ? at + options.SignalError() : now,
                    },
                    CallAsked call => new EntitySignal(EntityInstanceId.FromString(call.Target), call.Operation, call.Input)
                    {
                        Caller = new Caller(work.InstanceId, work.Execution, call.Id),
                        Visible = now,
                    },
                    EventAsked raised => new OrchestrationNews(raised.Target, null, new EventRaised(raised.Name, raised.Payload)) { Visible = now },
                    _ => throw new NotSupportedException($"An orchestration cannot ask for {asked}."),
                });
                Count(work.InstanceId, figures =>
                {
                    figures.Timers += asked is TimerAsked ? 1 : 0;
                    figures.Signals += asked is SignalAsked or CallAsked ? 1 : 0;
                });
            }
            if (result.ContinuesAsNew)
            {
                Post(new OrchestrationStart(work.InstanceId, Continued + NewExecution(), work.Name, result.NewInput) { Visible = now });
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
            if (instance.Execution != work.Execution)
            {
                Started started = work.History.OfType<Started>().Single();
                (instance.Name, instance.Input, instance.Created) = (started.Name, started.Input, clock.GetUtcNow());
            }
            instance.Version++;
            instance.Execution = work.Execution;
            instance.History = [.. work.History, .. result.Asked];
            instance.Updated = clock.GetUtcNow();
            instance.CustomStatus = result.CustomStatus;
            instance.Running = null;
            bool isOver = result.HasEnded && !result.ContinuesAsNew;
            instance.Status = !isOver ? OrchestrationRuntimeStatus.Running
                : result.Failure is null ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Failed;
            (instance.Output, instance.Failure) = (isOver ? result.Output : null, result.Failure);
            foreach (HubMessage taken in work.Taken)
            {
                instance.Queue.Remove(taken);
            }
            foreach (EventRaised kept in result.Unprocessed)
            {
                Post(new OrchestrationNews(instance.Id, null, kept) { Visible = clock.GetUtcNow() });
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

    /// <summary>Gives out an activity; null if there is none.</summary>
    public ActivityRequest? TakeActivity()
    {
        lock (_lock)
        {
            if (_activities.Count == 0)
            {
                return null;
            }
            ActivityRequest request = _activities[0];
            _activities.RemoveAt(0);
            Count(request.InstanceId, figures => figures.Activities++);
            return request;
        }
    }

    /// <summary>An activity returned, or threw.</summary>
    public void Complete(ActivityRequest request, string? result, TaskFailureDetails? failure)
    {
        ArgumentNullException.ThrowIfNull(request);
        HistoryEvent happened = failure is null ? new ActivityDone(request.TaskId, result) : new ActivityFailed(request.TaskId, failure);
        lock (_lock)
        {
            Post(new OrchestrationNews(request.InstanceId, request.Execution, happened) { Visible = clock.GetUtcNow() });
        }
        Changed?.Invoke();
    }

    /// <summary>The worker of an activity is gone: another gets it.</summary>
    public void Abandon(ActivityRequest request)
    {
        lock (_lock)
        {
            _activities.Add(request);
        }
        Changed?.Invoke();
    }

    /// <summary>Tells runs that continue as new from those that somebody started.</summary>
    private const string Continued = "+";

    private OrchestrationWork Take(
        OrchestrationInstance instance, string execution, string name, IReadOnlyList<HistoryEvent> history, IReadOnlyList<HubMessage> taken)
    {
        OrchestrationWork work = new(instance, execution, name, history, taken);
        instance.Running = work;
        Count(instance.Id, figures => figures.Runs++);
        return work;
    }

    private RunBegan Began() => new(clock.GetUtcNow().UtcDateTime);

    private OrchestrationInstance Orchestration(string id)
    {
        if (!_orchestrations.TryGetValue(id, out OrchestrationInstance? instance))
        {
            _orchestrations.Add(id, instance = new OrchestrationInstance(id) { Created = clock.GetUtcNow() });
        }
        return instance;
    }
}
