using Microsoft.Extensions.Logging;

namespace DurableObjects.Http;

/// <summary>What the endpoints log.</summary>
internal static partial class EndpointLog
{
    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed inside the host")]
    public static partial void RequestFailed(this ILogger logger, Exception error, string method, string path);

    [LoggerMessage(LogLevel.Error, "The health probe {Probe} failed itself")]
    public static partial void ProbeFailed(this ILogger logger, Exception error, Type probe);
}
