namespace DurableObjects.Archive;

/// <summary>The pieces of an object that nothing needs any more.</summary>
/// <param name="Unnamed">Those that are not part of its history, in no order: left by a crash, or about to be named.</param>
/// <param name="Expired">
/// Those of its history that no moment within the retention needs, oldest first. To be deleted in this order, so that what is left
/// is always a history.
/// </param>
public sealed record UnneededPieces(IReadOnlyList<PieceName> Unnamed, IReadOnlyList<PieceName> Expired);
