using DurableObjects.Archive;

namespace DurableObjects.Embedded;

/// <summary>What the host logs.</summary>
internal static partial class EmbeddedLog
{
    [LoggerMessage(30, LogLevel.Information, "Opened {Folder}: {Objects} objects, a journal of {Bytes} bytes, after {Start}")]
    public static partial void Opened(this ILogger logger, string folder, int objects, long bytes, string start);

    [LoggerMessage(31, LogLevel.Warning, "The catalogue's snapshot {Path} is damaged; the one before it is read instead")]
    public static partial void SnapshotDamaged(this ILogger logger, string path);

    [LoggerMessage(32, LogLevel.Error, "The journal's commits could not be archived; they stay in the journal, and it is tried again")]
    public static partial void ArchivingFailed(this ILogger logger, Exception error);

    [LoggerMessage(44, LogLevel.Warning, "The database {Path} is not what the clean stop left; it is rebuilt from the history")]
    public static partial void DatabaseDamaged(this ILogger logger, string path);

    [LoggerMessage(45, LogLevel.Warning, "Files of {Address}, which was purged, could not be deleted; the next sweep tries again")]
    public static partial void PurgedFilesLeft(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(46, LogLevel.Error, "No snapshot of {Address} could be put into its archive; it goes on without")]
    public static partial void SnapshotSkipped(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(40, LogLevel.Debug, "Archived journal file {Start:x16}: {Commits} commits of {Objects} objects")]
    public static partial void Archived(this ILogger logger, long start, int objects, int commits);

    [LoggerMessage(41, LogLevel.Information, "Dropped {Pieces} pieces that nothing since {Horizon} needs")]
    public static partial void Swept(this ILogger logger, long pieces, DateTimeOffset horizon);

    [LoggerMessage(42, LogLevel.Error, "The archive with {Piece} could not be swept")]
    public static partial void SweepFailed(this ILogger logger, Exception error, PieceName piece);

    [LoggerMessage(43, LogLevel.Error, "{Address} could not return to commit {Commit} and stays as it is")]
    public static partial void RestoreFailed(this ILogger logger, Exception error, ObjectAddress address, long commit);

    [LoggerMessage(33, LogLevel.Error, "{Address} is woken afresh, because its database failed")]
    public static partial void ActivationBroken(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(34, LogLevel.Warning, "{Address} could not resume after the start")]
    public static partial void ResumeFailed(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(35, LogLevel.Warning, "{Count} objects were still busy after {Timeout} and were stopped in their turns")]
    public static partial void StopTimedOut(this ILogger logger, int count, TimeSpan timeout);

    [LoggerMessage(36, LogLevel.Warning, "{Address} could not run its clock turn and is tried again")]
    public static partial void ClockTurnFailed(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(37, LogLevel.Error, "{Address} could not do what waited for it")]
    public static partial void VisitFailed(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(38, LogLevel.Error, "What {Address} does to its sockets could not be carried out")]
    public static partial void SocketEffectsFailed(this ILogger logger, Exception error, ObjectAddress address);

    [LoggerMessage(39, LogLevel.Error, "What came on the socket {Socket} could not be handled")]
    public static partial void SocketTurnFailed(this ILogger logger, Exception error, string socket);
}
