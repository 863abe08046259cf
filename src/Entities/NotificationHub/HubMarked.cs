namespace DurableObjects.Entities;

/// <summary>What <c>read</c> carries: what one of a subscriber's clients has marked as read, as it said it.</summary>
/// <param name="UpTo">All up to this number, or null.</param>
/// <param name="Numbers">Just these, or null.</param>
/// <param name="Unread">What is left unread.</param>
public sealed record HubMarked(long? UpTo, IReadOnlyList<long>? Numbers, int Unread);
