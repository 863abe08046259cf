namespace DurableObjects.Entities;

/// <summary>The leave to poll, once.</summary>
/// <param name="Url">What to ask for.</param>
/// <param name="ETag">The entity tag of what is known, or null.</param>
/// <param name="LastModified">The date of what is known, as the source wrote it, or null.</param>
public sealed record PollPermit(string Url, string? ETag, string? LastModified);
