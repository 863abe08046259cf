using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Objects;

internal static partial class ObjectEntityLog
{
    [LoggerMessage(1, LogLevel.Error, "The operation {Operation} of {Entity} failed.")]
    public static partial void OperationFailed(this ILogger logger, Exception error, string operation, string entity);

    [LoggerMessage(2, LogLevel.Warning, "A call of {Address} was delivered too late to be run: {Call}")]
    public static partial void CallTooLate(this ILogger logger, ObjectAddress address, string call);

    [LoggerMessage(3, LogLevel.Warning, "A signal of {Sender} to {Receiver} was refused, and comes again: {Reason}")]
    public static partial void SignalRefused(this ILogger logger, string sender, ObjectAddress receiver, string reason);

    [LoggerMessage(4, LogLevel.Error, "A turn of {Address} could not be run.")]
    public static partial void TurnNotRun(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(5, LogLevel.Warning, "A turn broke the activation of {Address}; the object is woken afresh.")]
    public static partial void ActivationBroken(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(6, LogLevel.Error, "{Address} could not return to commit {Commit}.")]
    public static partial void RestoreFailed(this ILogger logger, Exception error, ObjectAddress address, long commit);

    [LoggerMessage(7, LogLevel.Error, "What {Address} has committed could not be sent; it is tried again.")]
    public static partial void SendingFailed(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(9, LogLevel.Error, "A one-way call of {Address} could not be run for {Hours} hours, and is given up: {Call}")]
    public static partial void CallGivenUp(this ILogger logger, ObjectAddress address, string call, double hours);

    [LoggerMessage(10, LogLevel.Warning, "A one-way {Turn} of {Address} failed, and nobody hears of it: {Reason}")]
    public static partial void OneWayFailed(this ILogger logger, string turn, ObjectAddress address, string reason);

    [LoggerMessage(11, LogLevel.Error, "The database of {Address} is full, so that {Count} answers are forgotten early.")]
    public static partial void AnswersForgotten(this ILogger logger, ObjectAddress address, int count);

    [LoggerMessage(8, LogLevel.Error, "There was no room for the answer of a call of {Address} that could not be run: {Call}")]
    public static partial void AnswerDropped(this ILogger logger, ObjectAddress address, string call);
}
