using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A customer. A deleted one keeps its id.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="ExternalId">Its id in your system, if you gave it one.</param>
/// <param name="Email">Its address; a team may have none.</param>
/// <param name="EmailVerified">Whether it has used the address to come to the customer portal.</param>
/// <param name="Type"><c>individual</c> or <c>team</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="BillingName">The name on its invoices.</param>
/// <param name="OrganizationId">The organization whose customer it is.</param>
/// <param name="DeletedAt">When it was deleted.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarCustomer(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? ExternalId = null,
    string? Email = null,
    bool EmailVerified = false,
    string? Type = null,
    string? Name = null,
    string? BillingName = null,
    string? OrganizationId = null,
    DateTimeOffset? DeletedAt = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
