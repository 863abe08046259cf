namespace DurableObjects.Entities;

/// <summary>The text of a document.</summary>
/// <param name="Version">How many updates led to it.</param>
/// <param name="Doc">The text, its lines separated by <c>\n</c>.</param>
public sealed record DocumentSnapshot(long Version, string Doc);
