namespace DurableObjects;

/// <summary>What an object is told of its return to an earlier state.</summary>
/// <param name="Bookmark">Where it returned to: the state that it has now.</param>
/// <param name="Undo">The state that it left: a return to this bookmark undoes the return.</param>
public sealed record ReturnInfo(string Bookmark, string Undo);
