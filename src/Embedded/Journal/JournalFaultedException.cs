namespace DurableObjects.Embedded.Journal;

/// <summary>
/// The journal could not write, and accepts nothing until it is opened again: after a failed fsync an operating system may
/// hold pages that it believes to be on disk and that are not, so no later success would mean anything.
/// </summary>
internal sealed class JournalFaultedException(Exception cause)
    : Exception($"The journal stopped, because it could not write: {cause.Message.TrimEnd('.')}. What it had not acknowledged by then may or " +
        "may not be on disk. Remove the cause, then start the host again.", cause);
