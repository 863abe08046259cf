namespace DurableObjects.Entities;

/// <summary>What became of an append so far.</summary>
/// <param name="Index">
/// The entry's place in the log, counted from 1. Final once it is committed; before, only a leader that was returned to its past may
/// move it.
/// </param>
/// <param name="Id">The entry's id: the one given, or a new one. Append it again to ask how it stands.</param>
/// <param name="State">Whether a majority has it.</param>
public sealed record LogAppended(long Index, string Id, LogEntryState State);
