using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A benefit: what a product grants.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Type"><c>custom</c>, <c>license_keys</c>, <c>downloadables</c>, <c>discord</c>, <c>github_repository</c>, say.</param>
/// <param name="Description">Its description.</param>
/// <param name="IsDeleted">Whether it was deleted.</param>
/// <param name="OrganizationId">The organization that grants it.</param>
/// <param name="Properties">What depends on its type.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarBenefit(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Type = null,
    string? Description = null,
    bool IsDeleted = false,
    string? OrganizationId = null,
    JsonElement? Properties = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
