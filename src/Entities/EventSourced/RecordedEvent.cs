namespace DurableObjects.Entities;

/// <summary>An event with its place in the log.</summary>
/// <param name="Position">Counts up from 1 in the object, without gaps.</param>
/// <param name="Stream">What it is about within the object; empty if the object has one stream only.</param>
/// <param name="At">When it was appended, in UTC.</param>
/// <param name="Event">What happened.</param>
public sealed record RecordedEvent<TEvent>(long Position, string Stream, DateTimeOffset At, TEvent Event);
