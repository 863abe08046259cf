using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A queued write.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Key">What is written.</param>
/// <param name="Value">The value; null removes the key.</param>
/// <param name="ExpectedVersion">The version that the key must have, 0 for none; null for any.</param>
public sealed record BatchItem(string Id, string Key, JsonElement? Value = null, long? ExpectedVersion = null);
