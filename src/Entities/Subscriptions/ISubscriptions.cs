using System.Text.Json;
using DurableObjects.Entities.Polar;

namespace DurableObjects.Entities;

/// <summary>The methods of the object class <c>subscriptions</c>: what one customer has bought, by Polar's events.</summary>
public interface ISubscriptions
{
    /// <summary>
    /// Takes an event about a subscription or an order; others change nothing. Events may come in any order and any number of times:
    /// what is known in the end is what the newest of them says.
    /// </summary>
    /// <param name="id">
    /// The event's id, which each delivery of it has: the header <c>webhook-id</c>. 1 to <see cref="Subscriptions.IdCharacters"/>
    /// characters.
    /// </param>
    /// <param name="event">The event: the body of the webhook request as it is.</param>
    /// <returns>Whether the subscription or order is now known otherwise than before.</returns>
    /// <exception cref="DurableObjectException">The id, or what the event carries, is not what it should be (400).</exception>
    Task<bool> Apply(string id, PolarEvent<JsonElement> @event);

    /// <summary>
    /// Whether the customer has a subscription that is active or in its trial, and has not come to its known end. Read-only.
    /// </summary>
    /// <param name="productId">To this product; to any if left out.</param>
    Task<bool> IsActive(string? productId = null);

    /// <summary>All subscriptions, ended ones too, the newest first. Read-only.</summary>
    Task<IReadOnlyList<PolarSubscription>> List();

    /// <summary>A subscription, or null. Read-only.</summary>
    Task<PolarSubscription?> Get(string id);

    /// <summary>The newest orders, newest first. Read-only.</summary>
    /// <param name="limit">How many at most: 1 to <see cref="Subscriptions.MaxOrders"/>.</param>
    Task<IReadOnlyList<PolarOrder>> Orders(int limit = 100);

    /// <summary>
    /// The events about a subscription or an order that were seen within the last <see cref="Subscriptions.SeenDays"/> days, in the
    /// order of what happened, not of their arrival; the newest <see cref="Subscriptions.MaxHistory"/> of them. Read-only.
    /// </summary>
    /// <param name="id">The id of the subscription or order.</param>
    Task<IReadOnlyList<SubscriptionEvent>> History(string id);
}
