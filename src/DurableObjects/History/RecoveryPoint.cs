namespace DurableObjects.History;

/// <summary>A labelled moment of an object.</summary>
/// <param name="Label">Its label, unique within the object.</param>
/// <param name="Bookmark">The bookmark of the state that it names.</param>
/// <param name="At">When it was made.</param>
/// <param name="Hash">
/// SHA-256 of that state, 64 hex digits: user tables, keys and values. Equal after a return to it. Null if the turn that made the
/// point had applied migrations, and so no longer saw that state.
/// </param>
public sealed record RecoveryPoint(string Label, string Bookmark, DateTimeOffset At, string? Hash);
