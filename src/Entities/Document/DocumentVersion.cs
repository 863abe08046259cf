namespace DurableObjects.Entities;

/// <summary>A version of a document that was given a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version of the document at that time.</param>
/// <param name="At">When it was saved, in UTC.</param>
/// <param name="Characters">The length of its text (UTF-16).</param>
public sealed record DocumentVersion(string Name, long Version, DateTimeOffset At, int Characters);
