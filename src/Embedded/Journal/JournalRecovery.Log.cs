using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Journal;

internal sealed partial class JournalRecovery
{
    [LoggerMessage(Level = LogLevel.Information,
        Message = "Opened the journal in {Folder}: {Files} files, addresses {Oldest:x16} to {End:x16}, {Records} records replayed")]
    private partial void LogOpened(string folder, int files, long oldest, long end, long records);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Cut {File} to {Length} bytes: a crash left an unfinished batch there, its first trace at byte {Remnant}. It " +
            "had not been acknowledged to anyone")]
    private partial void LogCut(string file, long length, long remnant);
}
