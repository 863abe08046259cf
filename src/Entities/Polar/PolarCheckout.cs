using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A checkout. Amounts are in the currency's smallest unit.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Status">
/// <c>open</c>, <c>expired</c>, <c>confirmed</c> (which says nothing of the payment), <c>succeeded</c> or <c>failed</c>.
/// </param>
/// <param name="Url">Where the customer finds it.</param>
/// <param name="ExpiresAt">When it expires.</param>
/// <param name="Amount">Before discounts and taxes.</param>
/// <param name="DiscountAmount">The discount.</param>
/// <param name="NetAmount">After discounts, before taxes.</param>
/// <param name="TaxAmount">The taxes; null while they cannot be known.</param>
/// <param name="TotalAmount">After discounts and taxes.</param>
/// <param name="Currency">The currency in lower case: <c>usd</c>.</param>
/// <param name="Seats">Seats, if it is sold by them.</param>
/// <param name="OrganizationId">The organization that sells.</param>
/// <param name="ProductId">The product.</param>
/// <param name="DiscountId">The discount, if there is one.</param>
/// <param name="SubscriptionId">The subscription that is upgraded, if any.</param>
/// <param name="CustomerId">The customer, once that is known.</param>
/// <param name="ExternalCustomerId">The customer's id in your system, if you gave it.</param>
/// <param name="CustomerName">The customer's name.</param>
/// <param name="CustomerEmail">The customer's address.</param>
/// <param name="Product">The product.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarCheckout(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Status = null,
    string? Url = null,
    DateTimeOffset? ExpiresAt = null,
    long? Amount = null,
    long? DiscountAmount = null,
    long? NetAmount = null,
    long? TaxAmount = null,
    long? TotalAmount = null,
    string? Currency = null,
    int? Seats = null,
    string? OrganizationId = null,
    string? ProductId = null,
    string? DiscountId = null,
    string? SubscriptionId = null,
    string? CustomerId = null,
    string? ExternalCustomerId = null,
    string? CustomerName = null,
    string? CustomerEmail = null,
    PolarProduct? Product = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
