namespace DurableObjects.Entities.Polar;

/// <summary>
/// The types of Polar's webhook events (August 2026), each with the record that it carries. Those without one here carry what these
/// records do not describe.
/// </summary>
public static class PolarEventTypes
{
    /// <summary>What the types of all events about subscriptions start with.</summary>
    public const string SubscriptionPrefix = "subscription.";

    /// <summary>What the types of all events about orders start with.</summary>
    public const string OrderPrefix = "order.";

    /// <summary>Carries a <see cref="PolarCheckout"/>.</summary>
    public const string CheckoutCreated = "checkout.created";

    /// <summary>Carries a <see cref="PolarCheckout"/>.</summary>
    public const string CheckoutUpdated = "checkout.updated";

    /// <summary>It came to its end without a payment. Carries a <see cref="PolarCheckout"/>.</summary>
    public const string CheckoutExpired = "checkout.expired";

    /// <summary>Carries a <see cref="PolarCustomer"/>.</summary>
    public const string CustomerCreated = "customer.created";

    /// <summary>Carries a <see cref="PolarCustomer"/>.</summary>
    public const string CustomerUpdated = "customer.updated";

    /// <summary>Carries a <see cref="PolarCustomer"/>.</summary>
    public const string CustomerDeleted = "customer.deleted";

    /// <summary>Its active subscriptions, benefits or meters have changed. Carries a <see cref="PolarCustomerState"/>.</summary>
    public const string CustomerStateChanged = "customer.state_changed";

    /// <summary>Carries no record here.</summary>
    public const string CustomerSeatAssigned = "customer_seat.assigned";

    /// <summary>Carries no record here.</summary>
    public const string CustomerSeatClaimed = "customer_seat.claimed";

    /// <summary>Carries no record here.</summary>
    public const string CustomerSeatRevoked = "customer_seat.revoked";

    /// <summary>Carries no record here.</summary>
    public const string MemberCreated = "member.created";

    /// <summary>Carries no record here.</summary>
    public const string MemberUpdated = "member.updated";

    /// <summary>Carries no record here.</summary>
    public const string MemberDeleted = "member.deleted";

    /// <summary>It may wait for its payment. Carries a <see cref="PolarOrder"/>.</summary>
    public const string OrderCreated = "order.created";

    /// <summary>Carries a <see cref="PolarOrder"/>.</summary>
    public const string OrderUpdated = "order.updated";

    /// <summary>The payment was received. Carries a <see cref="PolarOrder"/>.</summary>
    public const string OrderPaid = "order.paid";

    /// <summary>Fully or in part. Carries a <see cref="PolarOrder"/>.</summary>
    public const string OrderRefunded = "order.refunded";

    /// <summary>It may wait for its first payment yet. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionCreated = "subscription.created";

    /// <summary>Comes with every change, beside the event that says which. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionUpdated = "subscription.updated";

    /// <summary>
    /// It has become active, for the first time or again after a payment that was due. Carries a <see cref="PolarSubscription"/>.
    /// </summary>
    public const string SubscriptionActive = "subscription.active";

    /// <summary>It will end with the current period, or has ended at once. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionCanceled = "subscription.canceled";

    /// <summary>It will not end with the current period after all. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionUncanceled = "subscription.uncanceled";

    /// <summary>A new billing period has begun, paid or not. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionCycled = "subscription.cycled";

    /// <summary>It has ended: canceled before, or unpaid for too long. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionRevoked = "subscription.revoked";

    /// <summary>A payment failed. It can still be made. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionPastDue = "subscription.past_due";

    /// <summary>Nothing is billed and nothing granted until it resumes. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionPaused = "subscription.paused";

    /// <summary>It goes on after a pause, with a new billing period. Carries a <see cref="PolarSubscription"/>.</summary>
    public const string SubscriptionResumed = "subscription.resumed";

    /// <summary>Carries a <see cref="PolarRefund"/>.</summary>
    public const string RefundCreated = "refund.created";

    /// <summary>Carries a <see cref="PolarRefund"/>.</summary>
    public const string RefundUpdated = "refund.updated";

    /// <summary>Carries a <see cref="PolarProduct"/>.</summary>
    public const string ProductCreated = "product.created";

    /// <summary>Carries a <see cref="PolarProduct"/>.</summary>
    public const string ProductUpdated = "product.updated";

    /// <summary>Carries no record here.</summary>
    public const string DiscountCreated = "discount.created";

    /// <summary>Carries no record here.</summary>
    public const string DiscountUpdated = "discount.updated";

    /// <summary>Carries no record here.</summary>
    public const string DiscountDeleted = "discount.deleted";

    /// <summary>Carries a <see cref="PolarBenefit"/>.</summary>
    public const string BenefitCreated = "benefit.created";

    /// <summary>Carries a <see cref="PolarBenefit"/>.</summary>
    public const string BenefitUpdated = "benefit.updated";

    /// <summary>Carries a <see cref="PolarBenefitGrant"/>.</summary>
    public const string BenefitGrantCreated = "benefit_grant.created";

    /// <summary>Carries a <see cref="PolarBenefitGrant"/>.</summary>
    public const string BenefitGrantCycled = "benefit_grant.cycled";

    /// <summary>Carries a <see cref="PolarBenefitGrant"/>.</summary>
    public const string BenefitGrantUpdated = "benefit_grant.updated";

    /// <summary>Carries a <see cref="PolarBenefitGrant"/>.</summary>
    public const string BenefitGrantRevoked = "benefit_grant.revoked";

    /// <summary>Carries no record here.</summary>
    public const string OrganizationUpdated = "organization.updated";
}
