using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

/// <summary>Adds what every host needs to run workflows.</summary>
public static class WorkflowServices
{
    /// <summary>
    /// Adds <see cref="WorkflowRun"/> and <see cref="ActivityRunner"/>. <see cref="ObjectClasses"/>, <see cref="TimeProvider"/> and logging
    /// are to be among the services; so is an <see cref="IWorkflowHost"/>, which the host has.
    /// </summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services, WorkflowClasses classes)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(classes);
        services.AddSingleton(classes);
        services.TryAddSingleton(new WorkflowOptions());
        services.AddSingleton(provider => new WorkflowRun(
            classes, provider.GetRequiredService<ObjectClasses>(), provider, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new ActivityRunner(
            classes, provider, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<WorkflowOptions>()));
        return services;
    }
}
