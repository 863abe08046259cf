namespace DurableObjects.Entities;

/// <summary>A page of sources.</summary>
/// <param name="Sources">In the order of their ids.</param>
/// <param name="Cursor">To be given for the next page; null after the last.</param>
public sealed record PollSourcePage(IReadOnlyList<PollSource> Sources, string? Cursor);
