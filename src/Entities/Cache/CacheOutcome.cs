using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What came of a load.</summary>
/// <param name="Found">Whether the source has the key.</param>
/// <param name="Value">Its value, if it has.</param>
/// <param name="FreshSeconds">How long that is fresh, if the source says so.</param>
/// <param name="Error">Why the load failed; null if it did not.</param>
public sealed record CacheOutcome(bool Found, JsonElement? Value = null, double? FreshSeconds = null, string? Error = null);
