using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>An order: a purchase, or a period of a subscription. Amounts are in the currency's smallest unit.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Status">One of <see cref="PolarOrderStatus"/>.</param>
/// <param name="Paid">Whether it has been paid.</param>
/// <param name="SubtotalAmount">Before discounts and taxes.</param>
/// <param name="DiscountAmount">The discount.</param>
/// <param name="NetAmount">After discounts, before taxes.</param>
/// <param name="TaxAmount">The taxes.</param>
/// <param name="TotalAmount">After discounts and taxes.</param>
/// <param name="DueAmount">What is left to pay.</param>
/// <param name="RefundedAmount">What was paid back, without taxes.</param>
/// <param name="RefundedTaxAmount">The taxes of that.</param>
/// <param name="Currency">The currency in lower case: <c>usd</c>.</param>
/// <param name="BillingReason">
/// <c>purchase</c>, <c>subscription_create</c>, <c>subscription_cycle</c> or <c>subscription_update</c>, say.
/// </param>
/// <param name="InvoiceNumber">The number of its invoice; null while it is a draft.</param>
/// <param name="Description">What it is for, in words.</param>
/// <param name="NextPaymentAttemptAt">When a payment that failed is tried again.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="ProductId">What, if it is a product.</param>
/// <param name="DiscountId">The discount, if there is one.</param>
/// <param name="SubscriptionId">The subscription that it belongs to, if any.</param>
/// <param name="CheckoutId">The checkout that it came from, if any.</param>
/// <param name="Customer">Who ordered.</param>
/// <param name="Product">What.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Items">Its lines.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarOrder(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Status = null,
    bool Paid = false,
    long SubtotalAmount = 0,
    long DiscountAmount = 0,
    long NetAmount = 0,
    long TaxAmount = 0,
    long TotalAmount = 0,
    long DueAmount = 0,
    long RefundedAmount = 0,
    long RefundedTaxAmount = 0,
    string? Currency = null,
    string? BillingReason = null,
    string? InvoiceNumber = null,
    string? Description = null,
    DateTimeOffset? NextPaymentAttemptAt = null,
    string? CustomerId = null,
    string? ProductId = null,
    string? DiscountId = null,
    string? SubscriptionId = null,
    string? CheckoutId = null,
    PolarCustomer? Customer = null,
    PolarProduct? Product = null,
    PolarSubscription? Subscription = null,
    IReadOnlyList<PolarOrderItem>? Items = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
