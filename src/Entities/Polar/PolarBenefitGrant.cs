using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A benefit as granted to one customer.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="GrantedAt">When it was granted; null if it is not.</param>
/// <param name="IsGranted">Whether it is granted.</param>
/// <param name="RevokedAt">When it was revoked; null if it is not.</param>
/// <param name="IsRevoked">Whether it is revoked.</param>
/// <param name="SubscriptionId">The subscription that grants it, if one does.</param>
/// <param name="OrderId">The order that grants it, if one does.</param>
/// <param name="CustomerId">Whom it is granted to.</param>
/// <param name="MemberId">The customer's member, if it is for one.</param>
/// <param name="BenefitId">The benefit.</param>
/// <param name="Customer">Whom it is granted to.</param>
/// <param name="Benefit">The benefit.</param>
/// <param name="Properties">What depends on the benefit's type: the license key, say.</param>
/// <param name="PreviousProperties">The same as before the event, where that is told.</param>
public sealed record PolarBenefitGrant(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    DateTimeOffset? GrantedAt = null,
    bool IsGranted = false,
    DateTimeOffset? RevokedAt = null,
    bool IsRevoked = false,
    string? SubscriptionId = null,
    string? OrderId = null,
    string? CustomerId = null,
    string? MemberId = null,
    string? BenefitId = null,
    PolarCustomer? Customer = null,
    PolarBenefit? Benefit = null,
    JsonElement? Properties = null,
    JsonElement? PreviousProperties = null);
