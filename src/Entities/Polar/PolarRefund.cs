using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A refund. Amounts are in the currency's smallest unit.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Status"><c>pending</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
/// <param name="Reason">Why: <c>customer_request</c>, say.</param>
/// <param name="Amount">What is paid back, without taxes.</param>
/// <param name="TaxAmount">The taxes of that.</param>
/// <param name="Currency">The currency in lower case: <c>usd</c>.</param>
/// <param name="OrganizationId">The organization that pays back.</param>
/// <param name="OrderId">The order.</param>
/// <param name="SubscriptionId">The subscription that it belongs to, if any.</param>
/// <param name="CustomerId">Who is paid back.</param>
/// <param name="RevokeBenefits">Whether the benefits of the order end with it.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarRefund(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Status = null,
    string? Reason = null,
    long Amount = 0,
    long TaxAmount = 0,
    string? Currency = null,
    string? OrganizationId = null,
    string? OrderId = null,
    string? SubscriptionId = null,
    string? CustomerId = null,
    bool RevokeBenefits = false,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
