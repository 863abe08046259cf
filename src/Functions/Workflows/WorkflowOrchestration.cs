using DurableObjects.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>The orchestration of all workflows.</summary>
/// <param name="run">Runs their code.</param>
/// <param name="logger">For what goes wrong.</param>
public sealed class WorkflowOrchestration(WorkflowRun run, ILogger<WorkflowOrchestration> logger)
{
    /// <summary>The orchestration's name.</summary>
    public const string Name = "workflow";

    /// <summary>Runs a workflow, or goes on with it.</summary>
    [Function(Name)]
    public async Task<WorkflowEnd> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        WorkflowStart start = context.GetInput<WorkflowStart>() ?? throw new ArgumentException("The orchestration has no input.");
        WorkflowExecution execution = new(
            new PlatformOrchestration(context), WorkflowInstance.IdOf(context.InstanceId), start, run, logger);
        WorkflowEnd end = await execution.RunAsync();
        if (execution.Next is { } next)
        {
            context.ContinueAsNew(next);
        }
        return end;
    }
}
