namespace DurableObjects.Entities;

/// <summary>A page of dead letters, those that died first first.</summary>
/// <param name="Items">The dead letters.</param>
/// <param name="Cursor">Give it to get the next page; null if this is the last.</param>
public sealed record WorkDeadLetters(IReadOnlyList<WorkDeadLetter> Items, string? Cursor);
