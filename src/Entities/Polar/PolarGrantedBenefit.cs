using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A benefit that a customer has.</summary>
/// <param name="Id">The id of the grant.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="GrantedAt">When it was granted.</param>
/// <param name="BenefitId">The benefit.</param>
/// <param name="BenefitType">The benefit's type.</param>
/// <param name="BenefitMetadata">What its owner noted on the benefit.</param>
/// <param name="Properties">What depends on the type.</param>
public sealed record PolarGrantedBenefit(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    DateTimeOffset? GrantedAt = null,
    string? BenefitId = null,
    string? BenefitType = null,
    IReadOnlyDictionary<string, JsonElement>? BenefitMetadata = null,
    JsonElement? Properties = null);
