namespace DurableObjects.Entities;

/// <summary>
/// Where an event stands among those about the same subscription or order. Positions are in a total order, so whatever the order
/// and number of deliveries, the same event is the newest in the end.
/// </summary>
/// <param name="ModifiedAt">
/// When the thing was last changed, by the row that Polar's event was made from: the first to decide. What Polar sends later can
/// have been made from an older row.
/// </param>
/// <param name="Timestamp">When the event was made: decides between events of the same row.</param>
/// <param name="Rank">How far the status is along its way: what ended stays ended where times say nothing.</param>
/// <param name="Id">The event's id: says nothing, but is the same each time.</param>
internal sealed record EventPosition(DateTimeOffset ModifiedAt, DateTimeOffset Timestamp, int Rank, string Id)
{
    public bool IsAfter(EventPosition other)
    {
        int order = ModifiedAt.CompareTo(other.ModifiedAt);
        order = order != 0 ? order : Timestamp.CompareTo(other.Timestamp);
        order = order != 0 ? order : Rank.CompareTo(other.Rank);
        return (order != 0 ? order : string.CompareOrdinal(Id, other.Id)) > 0;
    }
}
