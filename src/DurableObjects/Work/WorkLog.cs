using Microsoft.Extensions.Logging;

namespace DurableObjects.Work;

/// <summary>What the runtime logs of turns. The category is the object class.</summary>
internal static partial class WorkLog
{
    [LoggerMessage(1, LogLevel.Error, "{Address}: a turn ({Turn}) failed and left nothing")]
    public static partial void TurnFailed(this ILogger logger, Exception error, ObjectAddress address, string turn);

    [LoggerMessage(2, LogLevel.Warning, "{Address}: the alarm failed and is retried (retry {Retry}): {Error}")]
    public static partial void AlarmFailed(this ILogger logger, ObjectAddress address, int retry, string error);

    [LoggerMessage(3, LogLevel.Error, "{Address}: the alarm failed in all its retries and was dropped: {Error}")]
    public static partial void AlarmGivenUp(this ILogger logger, ObjectAddress address, string error);

    [LoggerMessage(4, LogLevel.Warning, "{Address}: the signal '{Method}' failed (attempt {Attempt}) and is retried: {Error}")]
    public static partial void SignalFailed(this ILogger logger, string method, ObjectAddress address, int attempt, string error);

    [LoggerMessage(5, LogLevel.Error, "{Address}: the signal '{Method}' failed {Attempts} times and was parked: {Error}")]
    public static partial void SignalParked(this ILogger logger, string method, ObjectAddress address, int attempts, string error);

    [LoggerMessage(6, LogLevel.Warning, "{Address}: a turn ({Turn}) was abandoned: {Reason}")]
    public static partial void TurnAbandoned(this ILogger logger, ObjectAddress address, string turn, string reason);

    [LoggerMessage(7, LogLevel.Warning, "{Address}: the object could not be told of its return ({Failures} times), which is tried again: {Error}")]
    public static partial void ReturnNotTold(this ILogger logger, ObjectAddress address, int failures, string error);

    [LoggerMessage(8, LogLevel.Error, "{Address}: OnReturned failed")]
    public static partial void OnReturnedFailed(this ILogger logger, Exception error, ObjectAddress address);
}
