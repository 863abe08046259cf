namespace DurableObjects.Entities;

/// <summary>A page of a replicated log.</summary>
/// <param name="Entries">The entries, in order.</param>
/// <param name="Committed">The index up to which the log is known here to be committed; 0 for none.</param>
/// <param name="Last">The last index that is here.</param>
/// <param name="Next">Where the next page begins; null if this one reaches to the end of what was asked for.</param>
public sealed record LogPage(IReadOnlyList<LogEntry> Entries, long Committed, long Last, long? Next);
