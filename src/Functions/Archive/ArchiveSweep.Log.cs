using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Archive;

public sealed partial class ArchiveSweep
{
    [LoggerMessage(Level = LogLevel.Information,
        Message = "Swept the archives of {Objects} objects ({Idle} more are idle) back to {Horizon:u}: {Expired} pieces had expired, " +
            "{Unnamed} were named by no state, {Payloads} payloads were old")]
    private partial void LogSwept(
        long objects, long idle, long expired, long unnamed, long payloads, DateTimeOffset horizon);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The archive of {ClassName}/id:{Id} cannot be swept, so nothing of it is deleted until that is repaired")]
    private partial void LogFailed(Exception error, string className, ObjectId id);
}
