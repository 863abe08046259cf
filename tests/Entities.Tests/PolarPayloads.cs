using System.Globalization;
using System.Text;

namespace DurableObjects.Entities.Tests;

/// <summary>Webhook bodies of the shape that Polar documents, with members that the records do not have.</summary>
internal static class PolarPayloads
{
    public const string Customer = """
        {
          "id": "c1d1a8f0-0000-4000-8000-000000000001", "created_at": "2029-11-02T08:00:00Z", "modified_at": null,
          "metadata": { "plan": "gold", "seats": 3, "beta": true }, "external_id": "user-17", "email": "ada@example.org",
          "email_verified": true, "type": "individual", "name": "Ada", "billing_name": null,
          "billing_address": { "country": "AT", "line1": null }, "tax_id": [ "ATU99999999", "eu_vat" ], "locale": null,
          "organization_id": "0a000000-0000-4000-8000-000000000001", "deleted_at": null,
          "avatar_url": "https://example.org/ada.png"
        }
        """;

    public const string Product = """
        {
          "id": "p1000000-0000-4000-8000-000000000001", "created_at": "2029-01-01T00:00:00Z", "modified_at": "2029-06-01T00:00:00Z",
          "trial_interval": null, "trial_interval_count": null, "name": "Pro", "description": null, "visibility": "public",
          "recurring_interval": "month", "recurring_interval_count": 1, "is_recurring": true, "is_archived": false,
          "organization_id": "0a000000-0000-4000-8000-000000000001", "metadata": {},
          "prices": [ { "id": "f1", "amount_type": "fixed", "price_amount": 1900 } ], "benefits": [], "medias": []
        }
        """;

    public const string Subscription = $$"""
        {
          "created_at": "2030-01-01T00:00:00Z", "modified_at": "2030-01-01T00:00:05.123456Z",
          "id": "5b000000-0000-4000-8000-000000000001", "amount": 1900, "currency": "usd", "recurring_interval": "month",
          "recurring_interval_count": 1, "status": "active", "current_period_start": "2030-01-01T00:00:05Z",
          "current_period_end": "2030-02-01T00:00:05Z", "trial_start": null, "trial_end": null, "cancel_at_period_end": true,
          "canceled_at": "2030-01-10T12:00:00Z", "started_at": "2030-01-01T00:00:05Z", "ends_at": "2030-02-01T00:00:05Z",
          "ended_at": null, "past_due_at": null, "pause_at_period_end": false, "paused_at": null, "resumes_at": null,
          "customer_id": "c1d1a8f0-0000-4000-8000-000000000001", "product_id": "p1000000-0000-4000-8000-000000000001",
          "discount_id": null, "checkout_id": "ce000000-0000-4000-8000-000000000001", "seats": null,
          "customer_cancellation_reason": "too_expensive", "customer_cancellation_comment": "Alas", "metadata": { "from": "mail" },
          "customer": {{Customer}}, "product": {{Product}}, "discount": null, "prices": [], "meters": []
        }
        """;

    public const string Order = $$"""
        {
          "id": "0d000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:06Z", "modified_at": null, "status": "paid",
          "paid": true, "subtotal_amount": 1900, "discount_amount": 100, "net_amount": 1800, "tax_amount": 360,
          "total_amount": 2160, "applied_balance_amount": 0, "due_amount": 0, "refunded_amount": 500, "refunded_tax_amount": 100,
          "currency": "usd", "billing_reason": "subscription_create", "billing_name": null, "billing_address": null,
          "invoice_number": "X-0001", "is_invoice_generated": false, "next_payment_attempt_at": null,
          "customer_id": "c1d1a8f0-0000-4000-8000-000000000001", "product_id": "p1000000-0000-4000-8000-000000000001",
          "discount_id": null, "subscription_id": "5b000000-0000-4000-8000-000000000001", "checkout_id": null, "metadata": {},
          "customer": {{Customer}}, "product": {{Product}}, "description": "Pro",
          "subscription": {
            "id": "5b000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:00Z", "modified_at": null,
            "status": "active", "amount": 1900, "currency": "usd", "cancel_at_period_end": false
          },
          "items": [
            {
              "id": "17000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:06Z", "modified_at": null,
              "label": "Pro", "amount": 1900, "tax_amount": 360, "proration": true, "product_price_id": "f1"
            }
          ]
        }
        """;

    public const string Checkout = $$"""
        {
          "id": "ce000000-0000-4000-8000-000000000001", "created_at": "2029-12-31T23:59:00Z", "modified_at": null,
          "payment_processor": "stripe", "status": "open", "client_secret": "s", "url": "https://example.org/checkout",
          "expires_at": "2030-01-01T01:00:00Z", "success_url": "https://example.org/thanks", "amount": 1900, "discount_amount": 0,
          "net_amount": 1900, "tax_amount": null, "total_amount": 1900, "currency": "usd", "seats": 2,
          "organization_id": "0a000000-0000-4000-8000-000000000001", "product_id": "p1000000-0000-4000-8000-000000000001",
          "discount_id": null, "customer_id": null, "external_customer_id": "user-17", "customer_name": null,
          "customer_email": "ada@example.org", "subscription_id": null, "product": {{Product}}, "metadata": {}
        }
        """;

    public const string Refund = """
        {
          "id": "4f000000-0000-4000-8000-000000000001", "created_at": "2030-01-03T00:00:00Z", "modified_at": null, "metadata": {},
          "status": "succeeded", "reason": "customer_request", "amount": 500, "tax_amount": 100, "currency": "usd",
          "organization_id": "0a000000-0000-4000-8000-000000000001", "order_id": "0d000000-0000-4000-8000-000000000001",
          "subscription_id": null, "customer_id": "c1d1a8f0-0000-4000-8000-000000000001", "revoke_benefits": true, "dispute": null
        }
        """;

    public const string Benefit = """
        {
          "id": "be000000-0000-4000-8000-000000000001", "created_at": "2029-01-01T00:00:00Z", "modified_at": null,
          "type": "license_keys", "description": "A key", "selectable": true, "deletable": true, "is_deleted": false,
          "organization_id": "0a000000-0000-4000-8000-000000000001", "metadata": {}, "properties": { "prefix": "PRO" }
        }
        """;

    public const string BenefitGrant = $$"""
        {
          "id": "94000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:07Z", "modified_at": null,
          "granted_at": "2030-01-01T00:00:08Z", "is_granted": true, "revoked_at": null, "is_revoked": false,
          "subscription_id": "5b000000-0000-4000-8000-000000000001", "order_id": null,
          "customer_id": "c1d1a8f0-0000-4000-8000-000000000001", "member_id": null,
          "benefit_id": "be000000-0000-4000-8000-000000000001", "error": null, "customer": {{Customer}}, "benefit": {{Benefit}},
          "properties": { "license_key_id": "k1" }, "previous_properties": null
        }
        """;

    public const string CustomerState = """
        {
          "id": "c1d1a8f0-0000-4000-8000-000000000001", "created_at": "2029-11-02T08:00:00Z", "modified_at": null, "metadata": {},
          "external_id": "user-17", "email": "ada@example.org", "email_verified": true, "type": "individual", "name": "Ada",
          "organization_id": "0a000000-0000-4000-8000-000000000001", "deleted_at": null,
          "active_subscriptions": [
            {
              "id": "5b000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:00Z", "modified_at": null,
              "metadata": {}, "status": "trialing", "amount": 1900, "currency": "usd", "recurring_interval": "month",
              "current_period_start": "2030-01-01T00:00:05Z", "current_period_end": "2030-02-01T00:00:05Z",
              "trial_end": "2030-02-01T00:00:05Z", "cancel_at_period_end": false, "canceled_at": null, "ends_at": null,
              "product_id": "p1000000-0000-4000-8000-000000000001", "meters": []
            }
          ],
          "granted_benefits": [
            {
              "id": "94000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:07Z", "modified_at": null,
              "granted_at": "2030-01-01T00:00:08Z", "benefit_id": "be000000-0000-4000-8000-000000000001",
              "benefit_type": "license_keys", "benefit_metadata": { "tier": 2 }, "properties": {}
            }
          ],
          "active_meters": [
            {
              "id": "ae000000-0000-4000-8000-000000000001", "created_at": "2030-01-01T00:00:07Z", "modified_at": null,
              "meter_id": "ef000000-0000-4000-8000-000000000001", "consumed_units": 25.5, "credited_units": 100, "balance": 74.5
            }
          ]
        }
        """;

    public static byte[] Event(string type, string data) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $$"""{ "type": "{{type}}", "timestamp": "2030-01-01T00:00:09.5Z", "data": {{data}} }"""));
}
