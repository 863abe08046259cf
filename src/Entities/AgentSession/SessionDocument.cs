using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>A document of a session: preferences, progress, what a tab shows.</summary>
/// <param name="Section">Its name.</param>
/// <param name="Version">The session's version with which it last changed; 0 if it was never written.</param>
/// <param name="Value">Any JSON; null if it was never written, or null was.</param>
/// <param name="Tab">The tab that wrote it, as that called itself; null if it did not.</param>
/// <param name="At">When, in UTC; null if it was never written.</param>
public sealed record SessionDocument(string Section, long Version, JsonElement? Value, string? Tab, DateTimeOffset? At);
