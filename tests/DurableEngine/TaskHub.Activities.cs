using DurableObjects.DurableEngine.Orchestrations;
using Microsoft.DurableTask;

namespace DurableObjects.DurableEngine;

// Activities.
public sealed partial class TaskHub
{
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
        lock (_lock)
        {
            PostNews(
                request.InstanceId,
                request.Execution,
                failure is null ? new Returned(request.TaskId, result) : new Threw(request.TaskId, failure));
        }
        Changed?.Invoke();
    }

    /// <summary>The machine of an activity is gone, with the platform's part of it: another gets it.</summary>
    public void Abandon(ActivityRequest request)
    {
        lock (_lock)
        {
            _activities.Add(request);
        }
        Changed?.Invoke();
    }

    /// <summary>
    /// The worker's process died while it ran the activity, and the platform noticed: the activity has failed, and does not come again
    /// unless its orchestration tries again.
    /// </summary>
    public void Consume(ActivityRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        TaskFailureDetails died = new(
            "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
            $"Exception while executing function: Functions.{request.Name}",
            null, null, null);
        Complete(request, null, died);
    }
}
