namespace DurableObjects.Embedded.Journal;

/// <summary>
/// The journal could not write. What it had not acknowledged by then failed, and it accepts nothing until it has cut off what it
/// failed to write and can write again, which it tries by itself.
/// </summary>
internal sealed class JournalFaultedException(Exception cause)
    : Exception($"The journal could not write: {cause.Message.TrimEnd('.')}. It tries again by itself.", cause);
