namespace DurableObjects.Entities.Polar;

/// <summary>The statuses of an order. They are texts, so that one that Polar adds is no error.</summary>
public static class PolarOrderStatus
{
    /// <summary>It is not charged yet.</summary>
    public const string Draft = "draft";

    /// <summary>It waits for its payment.</summary>
    public const string Pending = "pending";

    /// <summary>It is paid.</summary>
    public const string Paid = "paid";

    /// <summary>It was paid back.</summary>
    public const string Refunded = "refunded";

    /// <summary>It was paid back in part.</summary>
    public const string PartiallyRefunded = "partially_refunded";

    /// <summary>It will not be paid.</summary>
    public const string Void = "void";
}
