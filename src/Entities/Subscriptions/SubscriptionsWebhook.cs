using System.Text.Json;
using DurableObjects.Entities.Polar;
using DurableObjects.Webhooks.Deliveries;

namespace DurableObjects.Entities;

/// <summary>
/// Applies what the source <c>polar</c> tells of subscriptions and orders to the object <c>subscriptions</c> that is named by the key
/// which Polar sends to: the customer.
/// </summary>
[WebhookHandler(
    "polar", PolarEventTypes.OrderCreated, PolarEventTypes.OrderUpdated, PolarEventTypes.OrderPaid, PolarEventTypes.OrderRefunded,
    PolarEventTypes.SubscriptionCreated, PolarEventTypes.SubscriptionUpdated, PolarEventTypes.SubscriptionActive,
    PolarEventTypes.SubscriptionCanceled, PolarEventTypes.SubscriptionUncanceled, PolarEventTypes.SubscriptionCycled,
    PolarEventTypes.SubscriptionRevoked, PolarEventTypes.SubscriptionPastDue, PolarEventTypes.SubscriptionPaused,
    PolarEventTypes.SubscriptionResumed)]
public sealed class SubscriptionsWebhook : WebhookHandler<PolarEvent<JsonElement>>
{
    /// <inheritdoc/>
    protected override JsonSerializerOptions PayloadOptions => PolarJson.Options;

    /// <inheritdoc/>
    protected override async Task HandleAsync(WebhookEvent<PolarEvent<JsonElement>> e, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(e);
        try
        {
            await e.Objects.Get<ISubscriptions>(e.Key).Apply(e.Id, e.Payload);
        }
        catch (DurableObjectException error) when (error.Code == ErrorCodes.InvalidArgument)
        {
            throw new WebhookRejectedException(error.Message, error);
        }
    }
}
