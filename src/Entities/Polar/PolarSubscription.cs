using System.Text.Json;

namespace DurableObjects.Entities.Polar;

/// <summary>A subscription. Amounts are in the currency's smallest unit.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it was last changed; null if never.</param>
/// <param name="Status">One of <see cref="PolarSubscriptionStatus"/>.</param>
/// <param name="Amount">What a period costs.</param>
/// <param name="Currency">The currency in lower case: <c>usd</c>.</param>
/// <param name="RecurringInterval"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</param>
/// <param name="RecurringIntervalCount">How many of these a period has.</param>
/// <param name="CurrentPeriodStart">When the billing period began.</param>
/// <param name="CurrentPeriodEnd">When it ends.</param>
/// <param name="TrialStart">When the trial began, if there is one.</param>
/// <param name="TrialEnd">When it ends.</param>
/// <param name="CancelAtPeriodEnd">Whether it ends with the period.</param>
/// <param name="CanceledAt">When that was decided; it may still be active.</param>
/// <param name="StartedAt">When it became active.</param>
/// <param name="EndsAt">When it will end, if that is known.</param>
/// <param name="EndedAt">When it has ended.</param>
/// <param name="PastDueAt">When a payment failed that is still due.</param>
/// <param name="PauseAtPeriodEnd">Whether it pauses with the period's end.</param>
/// <param name="PausedAt">When it paused.</param>
/// <param name="ResumesAt">When it goes on, if that is known.</param>
/// <param name="Seats">Seats, if it is sold by them.</param>
/// <param name="CustomerId">Who subscribed.</param>
/// <param name="ProductId">To what.</param>
/// <param name="DiscountId">The discount, if there is one.</param>
/// <param name="CheckoutId">The checkout that it came from, if any.</param>
/// <param name="CustomerCancellationReason">Why the customer canceled: <c>too_expensive</c>, say.</param>
/// <param name="CustomerCancellationComment">What the customer said to it.</param>
/// <param name="Customer">Who subscribed; not within an order.</param>
/// <param name="Product">To what; not within an order.</param>
/// <param name="Metadata">What its owner noted on it: texts, numbers and booleans.</param>
public sealed record PolarSubscription(
    string Id,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? ModifiedAt = null,
    string? Status = null,
    long? Amount = null,
    string? Currency = null,
    string? RecurringInterval = null,
    int? RecurringIntervalCount = null,
    DateTimeOffset? CurrentPeriodStart = null,
    DateTimeOffset? CurrentPeriodEnd = null,
    DateTimeOffset? TrialStart = null,
    DateTimeOffset? TrialEnd = null,
    bool CancelAtPeriodEnd = false,
    DateTimeOffset? CanceledAt = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? EndsAt = null,
    DateTimeOffset? EndedAt = null,
    DateTimeOffset? PastDueAt = null,
    bool PauseAtPeriodEnd = false,
    DateTimeOffset? PausedAt = null,
    DateTimeOffset? ResumesAt = null,
    int? Seats = null,
    string? CustomerId = null,
    string? ProductId = null,
    string? DiscountId = null,
    string? CheckoutId = null,
    string? CustomerCancellationReason = null,
    string? CustomerCancellationComment = null,
    PolarCustomer? Customer = null,
    PolarProduct? Product = null,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null);
