using Microsoft.Extensions.Logging;

namespace DurableObjects.Workflows;

internal static partial class WorkflowLog
{
    [LoggerMessage(60, LogLevel.Error, "The workflow {Id} stops: {Reason}")]
    public static partial void WorkflowStopped(this ILogger logger, string id, string reason);

    [LoggerMessage(61, LogLevel.Warning, "An object asked to {Verb} the workflow {Id}, and there is none")]
    public static partial void CommandInVain(this ILogger logger, WorkflowVerb verb, string id);
}
