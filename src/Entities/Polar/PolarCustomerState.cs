using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A customer with what it has now. It is a whole picture: what is not in it, the customer does not have.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="ExternalId">Its id in your system, if you gave it one.</param>
/// <param name="Email">Its address; a team may have none.</param>
/// <param name="Type"><c>individual</c> or <c>team</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="OrganizationId">The organization whose customer it is.</param>
/// <param name="DeletedAt">When it was deleted.</param>
/// <param name="ActiveSubscriptions">Its subscriptions that are active or in their trial.</param>
/// <param name="GrantedBenefits">Its benefits.</param>
/// <param name="ActiveMeters">What it has used.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarCustomerState(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? ExternalId = null,
    string? Email = null,
    string? Type = null,
    string? Name = null,
    string? OrganizationId = null,
    DateTimeOffset? DeletedAt = null,
    IReadOnlyList<PolarSubscription>? ActiveSubscriptions = null,
    IReadOnlyList<PolarGrantedBenefit>? GrantedBenefits = null,
    IReadOnlyList<PolarActiveMeter>? ActiveMeters = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
