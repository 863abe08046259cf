using System.Text.Json;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>The base of <see cref="WebhookHandler{TPayload}"/>, which is what one derives from.</summary>
public abstract class WebhookHandler
{
    private protected WebhookHandler()
    {
    }

    internal abstract Task HandleAsync(WebhookEvent @event, CancellationToken cancellation);
}

/// <summary>
/// Takes the events of some types of a source, which a <see cref="WebhookHandlerAttribute"/> names. It runs outside of any turn, once for
/// each attempt, with dependencies by constructor injection; what it throws fails the attempt, and a
/// <see cref="WebhookRejectedException"/> the delivery.
/// </summary>
/// <remarks>
/// Each event comes at least once: a process that dies in the middle has it come again, with the same <see cref="WebhookEvent.Id"/>. Those
/// of one key come one after the other.
/// </remarks>
/// <typeparam name="TPayload">What the body is read as.</typeparam>
public abstract class WebhookHandler<TPayload> : WebhookHandler
{
    /// <summary>How the body is read: as System.Text.Json does for the web, unless overridden; the type's own attributes count.</summary>
    protected virtual JsonSerializerOptions PayloadOptions => JsonSerializerOptions.Web;

    /// <summary>Takes an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="cancellation">Ends when the attempt has had its time, or the process stops.</param>
    protected abstract Task HandleAsync(WebhookEvent<TPayload> e, CancellationToken cancellation);

    internal sealed override Task HandleAsync(WebhookEvent @event, CancellationToken cancellation)
    {
        TPayload payload;
        try
        {
            payload = JsonSerializer.Deserialize<TPayload>(@event.RawBody.Span, PayloadOptions)
                ?? throw new WebhookRejectedException($"The body is null, and no {typeof(TPayload).Name}.");
        }
        catch (JsonException error)
        {
            throw new WebhookRejectedException($"The body is no {typeof(TPayload).Name}: {error.Message}", error);
        }
        return HandleAsync(new WebhookEvent<TPayload>(@event, payload), cancellation);
    }
}
