using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What stands for the entries that were compacted.</summary>
/// <param name="Index">The last of them; 0 if none were.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Replicas">The number of followers at that index.</param>
/// <param name="Value">What the author of the compaction gave in their place: the state that they lead to.</param>
public sealed record LogSnapshot(long Index, string Hash, int Replicas, JsonElement? Value);
