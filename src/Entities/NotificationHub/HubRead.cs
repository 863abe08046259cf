namespace DurableObjects.Entities;

/// <summary>Which notifications a subscriber has read. One of the two is given.</summary>
/// <param name="UpTo">All up to this number.</param>
/// <param name="Numbers">Just these.</param>
public sealed record HubRead(long? UpTo = null, IReadOnlyList<long>? Numbers = null);
