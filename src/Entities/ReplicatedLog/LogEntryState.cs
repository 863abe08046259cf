namespace DurableObjects.Entities;

/// <summary>How far an entry of a replicated log has come.</summary>
public enum LogEntryState
{
    /// <summary>The leader has it; of a majority of the followers that is not known yet.</summary>
    Pending,

    /// <summary>A majority of the followers has it: it stays, at this index, for ever.</summary>
    Committed,
}
