namespace DurableObjects.Entities.Polar;

/// <summary>What a customer has used of something that is metered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="MeterId">The meter.</param>
/// <param name="ConsumedUnits">Units used.</param>
/// <param name="CreditedUnits">Units given.</param>
/// <param name="Balance">Units given and not used; below zero if more were used.</param>
public sealed record PolarActiveMeter(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? MeterId = null,
    decimal? ConsumedUnits = null,
    decimal? CreditedUnits = null,
    decimal? Balance = null);
