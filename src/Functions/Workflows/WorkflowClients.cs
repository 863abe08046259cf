using DurableObjects.Workflows;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

/// <summary>Makes what an invocation needs to reach workflows out of the client that it comes with.</summary>
/// <param name="classes">The workflows and activities.</param>
/// <param name="run">Runs workflows' code.</param>
/// <param name="clock">The host's clock.</param>
/// <param name="loggers">For what goes wrong.</param>
public sealed class WorkflowClients(WorkflowClasses classes, WorkflowRun run, TimeProvider clock, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<WorkflowClients>();

    /// <summary>The workflows as a trigger sees them.</summary>
    public IWorkflowHost HostOf(DurableTaskClient client) => new AzureWorkflows(classes, Of(client));

    internal WorkflowClient Of(DurableTaskClient client) => new(client, run, clock, _logger);
}
