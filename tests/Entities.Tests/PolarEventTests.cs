using System.Reflection;
using System.Text.Json;
using DurableObjects.Entities.Polar;

namespace DurableObjects.Entities.Tests;

public sealed class PolarEventTests
{
    private static readonly DateTimeOffset NewYear = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_event_is_read_before_its_type_is_known()
    {
        PolarEvent<JsonElement> read = PolarJson.Parse(PolarPayloads.Event("something.new", """{ "id": "x" }"""));

        Assert.Equal(("something.new", NewYear.AddSeconds(9.5)), (read.Type, read.Timestamp));
        Assert.Equal("x", read.Data.GetProperty("id").GetString());
    }

    [Fact]
    public void A_subscription()
    {
        PolarEvent<PolarSubscription> read = Read<PolarSubscription>(PolarEventTypes.SubscriptionCanceled, PolarPayloads.Subscription);
        PolarSubscription one = read.Data;

        Assert.Equal((PolarEventTypes.SubscriptionCanceled, NewYear.AddSeconds(9.5)), (read.Type, read.Timestamp));
        Assert.Equal(("5b000000-0000-4000-8000-000000000001", NewYear), (one.Id, one.CreatedAt));
        Assert.Equal(NewYear.AddSeconds(5).AddTicks(1_234_560), one.ModifiedAt);
        Assert.Equal((PolarSubscriptionStatus.Active, 1_900, "usd"), (one.Status, one.Amount, one.Currency));
        Assert.Equal(("month", 1), (one.RecurringInterval, one.RecurringIntervalCount));
        Assert.Equal((NewYear.AddSeconds(5), NewYear.AddMonths(1).AddSeconds(5)), (one.CurrentPeriodStart, one.CurrentPeriodEnd));
        Assert.Equal((true, NewYear.AddDays(9).AddHours(12)), (one.CancelAtPeriodEnd, one.CanceledAt));
        Assert.Equal(
            (NewYear.AddSeconds(5), NewYear.AddMonths(1).AddSeconds(5), null), (one.StartedAt, one.EndsAt, one.EndedAt));
        Assert.Equal(("c1d1a8f0-0000-4000-8000-000000000001", "p1000000-0000-4000-8000-000000000001"), (one.CustomerId, one.ProductId));
        Assert.Equal(("ce000000-0000-4000-8000-000000000001", null), (one.CheckoutId, one.DiscountId));
        Assert.Equal(("too_expensive", "Alas"), (one.CustomerCancellationReason, one.CustomerCancellationComment));
        Assert.Equal("mail", one.Metadata!["from"].GetString());
        Assert.Equal(("user-17", "Ada"), (one.Customer!.ExternalId, one.Customer.Name));
        Assert.Equal("Pro", one.Product!.Name);
    }

    [Fact]
    public void An_order()
    {
        PolarOrder one = Read<PolarOrder>(PolarEventTypes.OrderPaid, PolarPayloads.Order).Data;

        Assert.Equal((PolarOrderStatus.Paid, true, "subscription_create"), (one.Status, one.Paid, one.BillingReason));
        Assert.Equal(
            (1_900, 100, 1_800, 360, 2_160),
            (one.SubtotalAmount, one.DiscountAmount, one.NetAmount, one.TaxAmount, one.TotalAmount));
        Assert.Equal((0, 500, 100, "usd"), (one.DueAmount, one.RefundedAmount, one.RefundedTaxAmount, one.Currency));
        Assert.Equal(("5b000000-0000-4000-8000-000000000001", "X-0001", "Pro"), (one.SubscriptionId, one.InvoiceNumber, one.Description));
        Assert.Equal(("ada@example.org", "Pro", "active"), (one.Customer!.Email, one.Product!.Name, one.Subscription!.Status));
        PolarOrderItem item = Assert.Single(one.Items!);
        Assert.Equal(new PolarOrderItem("17000000-0000-4000-8000-000000000001", "Pro", 1_900, 360, true, "f1"), item);
    }

    [Fact]
    public void A_customer()
    {
        PolarCustomer one = Read<PolarCustomer>(PolarEventTypes.CustomerCreated, PolarPayloads.Customer).Data;

        Assert.Equal(
            ("user-17", "ada@example.org", true, "individual", "Ada", null),
            (one.ExternalId, one.Email, one.EmailVerified, one.Type, one.Name, one.BillingName));
        Assert.Equal(("0a000000-0000-4000-8000-000000000001", null), (one.OrganizationId, one.DeletedAt));
        Assert.Equal(("gold", 3, true), (
            one.Metadata!["plan"].GetString(), one.Metadata["seats"].GetInt32(), one.Metadata["beta"].GetBoolean()));
    }

    [Fact]
    public void What_a_customer_has()
    {
        PolarCustomerState one = Read<PolarCustomerState>(PolarEventTypes.CustomerStateChanged, PolarPayloads.CustomerState).Data;

        PolarSubscription subscription = Assert.Single(one.ActiveSubscriptions!);
        Assert.Equal((PolarSubscriptionStatus.Trialing, NewYear.AddMonths(1).AddSeconds(5)), (subscription.Status, subscription.TrialEnd));
        PolarGrantedBenefit benefit = Assert.Single(one.GrantedBenefits!);
        Assert.Equal(("license_keys", 2), (benefit.BenefitType, benefit.BenefitMetadata!["tier"].GetInt32()));
        PolarActiveMeter meter = Assert.Single(one.ActiveMeters!);
        Assert.Equal((25.5m, 100, 74.5m), (meter.ConsumedUnits, meter.CreditedUnits, meter.Balance));
    }

    [Fact]
    public void A_product_a_checkout_a_refund_and_a_granted_benefit()
    {
        PolarProduct product = Read<PolarProduct>(PolarEventTypes.ProductUpdated, PolarPayloads.Product).Data;
        Assert.Equal(("Pro", "month", 1, true, false), (
            product.Name, product.RecurringInterval, product.RecurringIntervalCount, product.IsRecurring, product.IsArchived));

        PolarCheckout checkout = Read<PolarCheckout>(PolarEventTypes.CheckoutCreated, PolarPayloads.Checkout).Data;
        Assert.Equal(("open", 1_900, null, "user-17", 2), (
            checkout.Status, checkout.TotalAmount, checkout.TaxAmount, checkout.ExternalCustomerId, checkout.Seats));
        Assert.Equal(("https://example.org/checkout", NewYear.AddHours(1), "Pro"), (
            checkout.Url, checkout.ExpiresAt, checkout.Product!.Name));

        PolarRefund refund = Read<PolarRefund>(PolarEventTypes.RefundCreated, PolarPayloads.Refund).Data;
        Assert.Equal(("succeeded", "customer_request", 500, 100, true, "0d000000-0000-4000-8000-000000000001"), (
            refund.Status, refund.Reason, refund.Amount, refund.TaxAmount, refund.RevokeBenefits, refund.OrderId));

        PolarBenefitGrant grant = Read<PolarBenefitGrant>(PolarEventTypes.BenefitGrantCreated, PolarPayloads.BenefitGrant).Data;
        Assert.Equal((true, false, NewYear.AddSeconds(8), "k1"), (
            grant.IsGranted, grant.IsRevoked, grant.GrantedAt, grant.Properties!.Value.GetProperty("license_key_id").GetString()));
        Assert.Equal(("license_keys", "PRO", "Ada"), (
            grant.Benefit!.Type, grant.Benefit.Properties!.Value.GetProperty("prefix").GetString(), grant.Customer!.Name));
    }

    [Fact]
    public void What_is_missing_is_null_or_zero_and_what_is_unknown_is_ignored()
    {
        PolarOrder order = Read<PolarOrder>(PolarEventTypes.OrderCreated, """{ "id": "o", "new": { "thing": [1] } }""").Data;
        Assert.Equal(new PolarOrder("o"), order);

        PolarSubscription subscription = Read<PolarSubscription>(
            PolarEventTypes.SubscriptionCreated, """{ "id": "s", "amount": null, "status": "hibernating" }""").Data;
        Assert.Equal(new PolarSubscription("s", Status: "hibernating"), subscription);
    }

    [Theory]
    [InlineData("""{ "status": "active" }""")]
    [InlineData("""{ "id": null }""")]
    [InlineData("""{ "id": "s", "created_at": "yesterday" }""")]
    [InlineData("null")]
    [InlineData("[]")]
    public void What_has_no_id_or_another_shape_is_refused(string data) =>
        Assert.Throws<JsonException>(() => Read<PolarSubscription>(PolarEventTypes.SubscriptionCreated, data));

    [Theory]
    [InlineData("null")]
    [InlineData("""{ "type": "order.paid", "timestamp": "2030-01-01T00:00:00Z" }""")]
    [InlineData("""{ "type": "order.paid", "data": {} }""")]
    [InlineData("""{ "timestamp": "2030-01-01T00:00:00Z", "data": {} }""")]
    public void An_event_has_a_type_a_timestamp_and_data(string body) =>
        Assert.Throws<JsonException>(() => PolarJson.Parse(System.Text.Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void The_names_of_the_types_say_what_the_types_are()
    {
        FieldInfo[] types =
            [.. typeof(PolarEventTypes).GetFields().Where(field => !field.Name.EndsWith("Prefix", StringComparison.Ordinal))];

        Assert.Equal(41, types.Length);
        Assert.All(types, field => Assert.Equal(field.Name, Pascal((string)field.GetValue(null)!)));
    }

    private static string Pascal(string type) =>
        string.Concat(type.Split('.', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static PolarEvent<T> Read<T>(string type, string data)
        where T : class =>
        PolarJson.Parse(PolarPayloads.Event(type, data)).As<T>();
}
