using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

internal static partial class WorkflowLog
{
    [LoggerMessage(60, LogLevel.Error, "The workflow {Id} stops: {Reason}")]
    public static partial void WorkflowChanged(this ILogger logger, string id, string reason);
}
