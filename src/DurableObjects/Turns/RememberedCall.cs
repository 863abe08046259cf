namespace DurableObjects.Turns;

/// <summary>A call that has run, and what it answered.</summary>
/// <param name="Id">The call, as the host names it.</param>
/// <param name="At">When it ran.</param>
/// <param name="Answer">The answer as the host writes it; at least one byte.</param>
public sealed record RememberedCall(Guid Id, DateTimeOffset At, ReadOnlyMemory<byte> Answer);
