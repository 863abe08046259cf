using DurableObjects.DurableEngine;
using DurableObjects.DurableEngine.Client;
using DurableObjects.DurableEngine.Orchestrations;
using DurableObjects.Harness;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Tests.Engine;

/// <summary>A hub with orchestrations and activities that a test runs step by step or until nothing is left to do.</summary>
internal sealed class EngineRun
{
    /// <summary>Steps after which something goes round in a circle.</summary>
    private const int TooMany = 1_000;

    public EngineRun()
    {
        Hub = new TaskHub(Clock, new HubOptions());
        Client = new HubClient(Hub);
    }

    public FakeClock Clock { get; } = new();

    public TaskHub Hub { get; }

    public HubClient Client { get; }

    public Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> Orchestrators { get; } = [];

    public Dictionary<string, Func<string?, string?>> Activities { get; } = [];

    /// <summary>Starts an orchestration, whose function has the name of its instance up to a dash.</summary>
    public Task StartAsync(string instanceId, object? input = null, StartOrchestrationOptions? options = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(
            instanceId.Split('-')[0],
            input,
            (options ?? new StartOrchestrationOptions()) with { InstanceId = instanceId });

    /// <summary>Delivers what there is now, and runs everything, until nothing is left but what waits for a time.</summary>
    public void Settle()
    {
        for (int i = 0; i < TooMany; i++)
        {
            Deliver();
            if (Hub.ReadyOrchestrations() is [string id, ..])
            {
                RunOrchestration(id);
            }
            else if (Hub.TakeActivity() is { } activity)
            {
                RunActivity(activity);
            }
            else if (Hub.Deliverable().Count == 0)
            {
                return;
            }
        }
        throw new InvalidOperationException("It does not come to rest.");
    }

    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        Settle();
    }

    public void Deliver()
    {
        foreach (HubMessage message in Hub.Deliverable())
        {
            Hub.Deliver(message);
        }
    }

    public void RunOrchestration(string id, bool losesCheckpoint = false)
    {
        if (Hub.TakeOrchestration(id) is not { } work)
        {
            return;
        }
        OrchestrationResult result = work.Run(Orchestrators[work.Name]);
        Hub.Send(work, result);
        if (losesCheckpoint)
        {
            Hub.Abandon(work);
        }
        else
        {
            Hub.Checkpoint(work, result);
        }
    }

    public async Task<OrchestrationMetadata> FindAsync(string id) =>
        await Client.GetInstanceAsync(id, getInputsAndOutputs: true) ?? throw new InvalidOperationException($"There is no {id}.");

    private void RunActivity(ActivityRequest request)
    {
        try
        {
            Hub.Complete(request, Activities[request.Name](request.Input), null);
        }
        catch (Exception error)
        {
            Hub.Complete(request, null, TaskFailureDetails.FromException(error));
        }
    }
}
