using System.Globalization;
using DurableObjects.Embedded.Journal;
using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>
/// Whether it is of use to run a turn at the moment: one whose commit the journal cannot take would only cost its object the
/// database, which has to be rebuilt then.
/// </summary>
internal static class JournalAdmission
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Why the journal takes no commits from outside; null if it does, or if the turn makes none.</summary>
    public static DurableObjectException? Refusal(RecordJournal journal, JournalOptions options, Turn turn)
    {
        if (Fault(journal, turn) is { } fault)
        {
            return fault;
        }
        return journal.IsFull && MayCommit(turn)
            ? new DurableObjectException(
                503, ErrorCodes.Overloaded,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The disk is behind: {journal.Metrics.QueuedBytes:N0} bytes of commits wait for it; "
                    + $"the limit is {options.MaxQueuedBytes:N0} bytes."))
            {
                Retryable = true,
                Overloaded = true,
                RetryAfter = RetryAfter,
            }
            : null;
    }

    /// <summary>Why the journal takes no commits at all; null if it does, or if the turn makes none.</summary>
    public static DurableObjectException? Fault(RecordJournal journal, Turn? turn) => journal.Fault is { } fault && MayCommit(turn)
        ? new DurableObjectException(
            503, ErrorCodes.Unavailable,
            $"The host cannot write to its disk at the moment, and the turn was not run: {fault.Message}", fault)
        {
            Retryable = true,
            RetryAfter = RetryAfter,
        }
        : null;

    private static bool MayCommit(Turn? turn) => turn is not (InspectTurn or DrainTurn);
}
