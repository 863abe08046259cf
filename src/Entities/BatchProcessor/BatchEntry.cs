using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>What stands under a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Version">How often it was written since there was nothing under it.</param>
public sealed record BatchEntry(string Key, JsonElement Value, long Version);
