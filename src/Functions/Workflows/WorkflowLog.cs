using DurableObjects.Workflows;
using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Workflows;

internal static partial class WorkflowLog
{
    [LoggerMessage(60, LogLevel.Error, "The workflow {Id} stops: {Reason}")]
    public static partial void WorkflowStopped(this ILogger logger, string id, string reason);

    [LoggerMessage(61, LogLevel.Error, "Signals of the workflow {Id} to {Receiver} are dropped, since there is no such class any more.")]
    public static partial void SignalsDropped(this ILogger logger, string id, ObjectAddress receiver);

    [LoggerMessage(62, LogLevel.Warning, "The steps of the workflow {Id} could not be told from its history.")]
    public static partial void StepsUnknown(this ILogger logger, Exception error, string id);

    [LoggerMessage(63, LogLevel.Error, "What {Sender} asked of the workflow {Id} ({Verb}) is given up: {Reason}")]
    public static partial void CommandGivenUp(this ILogger logger, ObjectAddress sender, string id, string verb, string reason);

    [LoggerMessage(64, LogLevel.Error, "Who waits for the workflow {Id} could not be told of its end.")]
    public static partial void NotAnnounced(this ILogger logger, Exception error, string id);

    [LoggerMessage(65, LogLevel.Error, "The event {Name} for the workflow {Id} is dropped: {Limit} wait to be taken, which is the limit.")]
    public static partial void EventDropped(this ILogger logger, string id, string name, int limit);

    [LoggerMessage(66, LogLevel.Warning, "{Sender} asked to {Verb} the workflow {Id}, and there is none.")]
    public static partial void CommandInVain(this ILogger logger, ObjectAddress sender, WorkflowVerb verb, string id);
}
