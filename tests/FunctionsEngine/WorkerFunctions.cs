using DurableObjects.DurableEngine;
using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using DurableObjects.Functions.Workflows;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.FunctionsEngine;

/// <summary>The entities, orchestrations and activities of the Azure host.</summary>
public static class WorkerFunctions
{
    /// <summary>Those of an app.</summary>
    /// <param name="services">Its services.</param>
    public static HubFunctions Of(IServiceProvider services)
    {
        ObjectEntityHost host = services.GetRequiredService<ObjectEntityHost>();
        RelayEntity relay = services.GetRequiredService<RelayEntity>();
        DurableTaskClient client = services.GetRequiredService<DurableTaskClient>();
        WorkflowClient workflows = services.GetRequiredService<WorkflowClients>().Of(client);
        WorkflowOrchestration workflow = ActivatorUtilities.CreateInstance<WorkflowOrchestration>(services);
        WorkflowActivities activities = ActivatorUtilities.CreateInstance<WorkflowActivities>(services);
        return new HubFunctions
        {
            Entities =
            {
                [ObjectKeys.Entity] = () => new ObjectEntity(host, workflows),
                [RelayEntity.Name] = () => relay,
            },
            Orchestrators =
            {
                [AlarmOrchestration.Name] = async context =>
                {
                    await AlarmOrchestration.WaitAsync(context);
                    return null;
                },
                [WorkflowOrchestration.Name] = async context => await workflow.RunAsync(context),
            },
            Activities =
            {
                [WorkflowActivities.Attempt] = Of<AttemptRequest, AttemptResult>(
                    request => activities.AttemptAsync(request, client, CancellationToken.None)),
                [WorkflowActivities.StartChild] = Of<ChildRequest, AttemptResult>(
                    request => activities.StartChildAsync(request, client, CancellationToken.None)),
                [WorkflowActivities.Deliver] = Of<DeliveryRequest, DeliveryResult>(
                    request => activities.DeliverAsync(request, client, CancellationToken.None)),
            },
        };
    }

    private static Func<string?, Task<string?>> Of<TInput, TResult>(Func<TInput, Task<TResult>> run)
        where TInput : class =>
        async input => HubJson.Converter.Serialize(await run(HubJson.Converter.Deserialize<TInput>(input)!));
}
