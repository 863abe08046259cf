namespace DurableObjects.Entities.Polar;

/// <summary>A line of an order. Amounts are in the currency's smallest unit.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">What is charged.</param>
/// <param name="Amount">Before discounts and taxes.</param>
/// <param name="TaxAmount">The taxes.</param>
/// <param name="Proration">Whether it makes up for a change within a period.</param>
/// <param name="ProductPriceId">The price, if there is one.</param>
public sealed record PolarOrderItem(
    string Id,
    string? Label = null,
    long Amount = 0,
    long TaxAmount = 0,
    bool Proration = false,
    string? ProductPriceId = null);
