namespace DurableObjects.Entities;

/// <summary>An event as the table has it.</summary>
internal sealed record EventRow(long Position, string Stream, string Type, int Version, DateTimeOffset At, string Data);
