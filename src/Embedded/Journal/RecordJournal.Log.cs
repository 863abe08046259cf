using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Journal;

internal sealed partial class RecordJournal
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Began journal file {File}")]
    private partial void LogRolled(string file);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Deleted journal file {File}")]
    private partial void LogDeleted(string file);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The journal stopped at {File}: it could not write. {Records} records were not acknowledged, and nothing is " +
            "accepted until the host is started again")]
    private partial void LogFaulted(Exception cause, string file, int records);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Callback} of a user of the journal failed. The journal goes on")]
    private partial void LogCallbackFailed(Exception error, string callback);
}
