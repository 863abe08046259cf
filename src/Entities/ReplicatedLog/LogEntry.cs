using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>An entry of a replicated log.</summary>
/// <param name="Index">Its place, counted from 1 without gaps.</param>
/// <param name="Id">What its author called it.</param>
/// <param name="Data">What was appended; null for a change of the number of followers.</param>
/// <param name="Replicas">The number of followers from here on, for an entry that changes it; null otherwise.</param>
/// <param name="At">When the leader took it, in UTC, to the millisecond.</param>
/// <param name="State">Whether it is known here to be committed.</param>
/// <param name="Hash">
/// 64 hex digits over this entry and the hash of the one before: two logs with the same hash at an index are the same up to there.
/// </param>
public sealed record LogEntry(
    long Index, string Id, JsonElement? Data, int? Replicas, DateTimeOffset At, LogEntryState State, string Hash);
