using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A product.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">Its description.</param>
/// <param name="RecurringInterval"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>; null if it is bought once.</param>
/// <param name="RecurringIntervalCount">How many of these a period has.</param>
/// <param name="IsRecurring">Whether it is a subscription.</param>
/// <param name="IsArchived">Whether it can no longer be bought.</param>
/// <param name="OrganizationId">The organization that sells it.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarProduct(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Name = null,
    string? Description = null,
    string? RecurringInterval = null,
    int? RecurringIntervalCount = null,
    bool IsRecurring = false,
    bool IsArchived = false,
    string? OrganizationId = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
