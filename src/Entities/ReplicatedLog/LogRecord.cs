namespace DurableObjects.Entities;

/// <summary>An entry as it travels between a leader and its followers; its index and its hash follow from where it stands.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Data">Its data as JSON text; null for a change of the number of followers.</param>
/// <param name="Replicas">The number of followers from here on, or null.</param>
/// <param name="At">When the leader took it, in milliseconds since 1970.</param>
public sealed record LogRecord(string Id, string? Data, int? Replicas, long At);
