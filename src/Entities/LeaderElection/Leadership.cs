namespace DurableObjects.Entities;

/// <summary>Who leads. All members are null while nobody does.</summary>
/// <param name="Leader">The candidate that leads.</param>
/// <param name="Term">Its term, larger than every one before: a fencing token.</param>
/// <param name="ElectedAt">When the term began, in UTC.</param>
public sealed record Leadership(string? Leader, long? Term, DateTimeOffset? ElectedAt)
{
    internal static Leadership Of(LeaseRow? lease) => new(lease?.Owner, lease?.Token, lease?.AcquiredAt);
}
