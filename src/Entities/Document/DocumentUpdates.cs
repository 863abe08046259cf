namespace DurableObjects.Entities;

/// <summary>What <c>updates</c> carries.</summary>
/// <param name="Version">The version that the document has after them.</param>
/// <param name="Updates">
/// The last updates before that version; none for a newcomer, and where they are too large to be sent, so that the client pulls.
/// </param>
public sealed record DocumentUpdates(long Version, IReadOnlyList<DocumentUpdate> Updates);
