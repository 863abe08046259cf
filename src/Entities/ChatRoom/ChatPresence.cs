namespace DurableObjects.Entities;

/// <summary>What <c>joined</c> and <c>left</c> carry.</summary>
/// <param name="Author">Who came or went.</param>
/// <param name="At">When, in UTC.</param>
public sealed record ChatPresence(string Author, DateTimeOffset At);
