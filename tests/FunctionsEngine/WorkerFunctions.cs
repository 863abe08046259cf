using DurableObjects.DurableEngine;
using DurableObjects.Functions.Alarms;
using DurableObjects.Functions.Objects;
using DurableObjects.Functions.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.FunctionsEngine;

/// <summary>The entities and orchestrations of the Azure host.</summary>
public static class WorkerFunctions
{
    /// <summary>Those of an app.</summary>
    /// <param name="services">Its services.</param>
    public static HubFunctions Of(IServiceProvider services)
    {
        ObjectEntityHost host = services.GetRequiredService<ObjectEntityHost>();
        RelayEntity relay = services.GetRequiredService<RelayEntity>();
        return new HubFunctions
        {
            Entities =
            {
                [ObjectKeys.Entity] = () => new ObjectEntity(host),
                [RelayEntity.Name] = () => relay,
            },
            Orchestrators =
            {
                [AlarmOrchestration.Name] = async context =>
                {
                    await AlarmOrchestration.WaitAsync(context);
                    return null;
                },
            },
        };
    }
}
