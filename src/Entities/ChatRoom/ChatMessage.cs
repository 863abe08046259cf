namespace DurableObjects.Entities;

/// <summary>A message of a chat room, as stored and as sent.</summary>
/// <param name="Id">Counts up from 1 in the room.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Text">What.</param>
/// <param name="At">When the room took it, in UTC.</param>
public sealed record ChatMessage(long Id, string Author, string Text, DateTimeOffset At);
