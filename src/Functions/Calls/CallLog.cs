using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Calls;

internal static partial class CallLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Address} has not answered the call {Call} within {Seconds} s.")]
    public static partial void CallTimedOut(this ILogger logger, ObjectAddress address, string call, double seconds);
}
