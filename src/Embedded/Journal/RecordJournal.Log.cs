using Microsoft.Extensions.Logging;

namespace DurableObjects.Embedded.Journal;

internal sealed partial class RecordJournal
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Began journal file {File}")]
    private partial void LogRolled(string file);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Deleted journal file {File}")]
    private partial void LogDeleted(string file);

    [LoggerMessage(Level = LogLevel.Critical,
        Message = "The journal could not write to {File}. {Records} records were not acknowledged, and nothing is accepted until " +
            "it can write again")]
    private partial void LogFaulted(Exception cause, string file, int records);

    [LoggerMessage(Level = LogLevel.Error, Message = "The journal still cannot write and tries again in {Wait}")]
    private partial void LogStillFaulted(Exception cause, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal writes again, to {File} from address {Position:x16} on")]
    private partial void LogRecovered(string file, long position);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Callback} of a user of the journal failed. The journal goes on")]
    private partial void LogCallbackFailed(Exception error, string callback);
}
