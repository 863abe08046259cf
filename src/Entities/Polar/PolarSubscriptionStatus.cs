namespace DurableObjects.Entities.Polar;

/// <summary>The statuses of a subscription. They are texts, so that one that Polar adds is no error.</summary>
public static class PolarSubscriptionStatus
{
    /// <summary>It waits for its first payment.</summary>
    public const string Incomplete = "incomplete";

    /// <summary>The first payment never came. Final.</summary>
    public const string IncompleteExpired = "incomplete_expired";

    /// <summary>It is in its trial.</summary>
    public const string Trialing = "trialing";

    /// <summary>It is active, though it may be about to end.</summary>
    public const string Active = "active";

    /// <summary>A payment failed, and is tried again.</summary>
    public const string PastDue = "past_due";

    /// <summary>It has ended.</summary>
    public const string Canceled = "canceled";

    /// <summary>It has ended since it was not paid.</summary>
    public const string Unpaid = "unpaid";

    /// <summary>It is paused.</summary>
    public const string Paused = "paused";

    /// <summary>Whether a customer with such a subscription has what it grants, as Polar sees it.</summary>
    public static bool IsActive(string? status) => status is Active or Trialing;

    /// <summary>Whether a subscription ends with it.</summary>
    public static bool IsFinal(string? status) => status is Canceled or Unpaid or IncompleteExpired;
}
