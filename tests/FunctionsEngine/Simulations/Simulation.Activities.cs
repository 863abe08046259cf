using DurableObjects.DurableEngine;
using DurableObjects.Functions.Workflows;
using Microsoft.Extensions.Logging.Abstractions;

namespace DurableObjects.FunctionsEngine.Simulations;

// Activities: a worker begins one in one step, and ends it in a later one.
public sealed partial class Simulation
{
    private readonly List<ActivityRequest> _waitingActivities = [];
    private readonly List<RunningActivity> _activities = [];

    /// <summary>Whether activities do not begin.</summary>
    public bool HoldsActivities { get; set; }

    /// <summary>The activities that have not begun.</summary>
    public IReadOnlyList<ActivityRequest> WaitingActivities
    {
        get
        {
            while (Hub.TakeActivity() is { } request)
            {
                _waitingActivities.Add(request);
            }
            return _waitingActivities;
        }
    }

    private void AddActivities(List<(int Weight, Func<Task> Do)> can)
    {
        if (WaitingActivities.Count > 0 && !HoldsActivities)
        {
            can.Add((6, Begin));
        }
        IReadOnlyList<RunningActivity> ended = [.. _activities.Where(one => one.Task.IsCompleted)];
        if (ended.Count > 0)
        {
            can.Add((6, () => EndAsync(Faults == Faults.None ? ended[0] : Pick(ended))));
        }
    }

    private Task Begin()
    {
        ActivityRequest request = Faults == Faults.None ? _waitingActivities[0] : Pick(_waitingActivities);
        _waitingActivities.Remove(request);
        SimulatedWorker worker = Pick(_workers);
        Log($"worker {worker.Number} begins {request.Name} of {request.InstanceId}");
        // What it waits for ends within a step, and so does what follows from that.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            _activities.Add(new RunningActivity(request, worker, RunAsync(request, worker)));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
        return Task.CompletedTask;
    }

    private async Task EndAsync(RunningActivity activity)
    {
        _activities.Remove(activity);
        string? result = await activity.Task;
        if (Roll(Faults.LoseResult))
        {
            Log($"{activity.Request.Name} of {activity.Request.InstanceId}: lost");
            Hub.Abandon(activity.Request);
            return;
        }
        Hub.Complete(activity.Request, result, null);
    }

    private void AbandonActivities(SimulatedWorker worker)
    {
        foreach (RunningActivity activity in _activities.Where(one => one.Worker == worker).ToList())
        {
            _activities.Remove(activity);
            if (Roll(Faults.DieWithOperations))
            {
                Hub.Consume(activity.Request);
            }
            else
            {
                Hub.Abandon(activity.Request);
            }
        }
    }

    private async Task<string?> RunAsync(ActivityRequest request, SimulatedWorker worker) =>
        HubJson.Converter.Serialize(request.Name switch
        {
            WorkflowActivities.Attempt => await WorkflowActivities.AttemptAsync(
                Input<AttemptRequest>(request), worker.Activities, _host, CancellationToken.None),
            WorkflowActivities.StartChild => await WorkflowActivities.StartChildAsync(
                Input<ChildRequest>(request), worker.Workflows, CancellationToken.None),
            WorkflowActivities.Deliver => await WorkflowActivities.DeliverAsync(
                Input<DeliveryRequest>(request), _host, NullLogger.Instance, CancellationToken.None),
            _ => (object)new NotSupportedException($"There is no activity '{request.Name}'."),
        });

    private static T Input<T>(ActivityRequest request)
        where T : class => HubJson.Converter.Deserialize<T>(request.Input)!;

    private sealed record RunningActivity(ActivityRequest Request, SimulatedWorker Worker, Task<string?> Task);
}
