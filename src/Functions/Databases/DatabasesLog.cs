using Microsoft.Extensions.Logging;

namespace DurableObjects.Functions.Databases;

internal static partial class DatabasesLog
{
    [LoggerMessage(1, LogLevel.Debug, "The folder {Folder} is another process's, or cannot be deleted: {Reason}")]
    public static partial void FolderLeft(this ILogger logger, string folder, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The database {Path} is not as it was left; it is made anew from the history.")]
    public static partial void DatabaseDamaged(this ILogger logger, string path);

    [LoggerMessage(3, LogLevel.Warning, "The database {Path} could not be closed.")]
    public static partial void NotClosed(this ILogger logger, Exception error, string path);
}
