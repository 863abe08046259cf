using System.Text.Json;
using System.Text.Json.Serialization;
using DurableObjects.Webhooks.Deliveries;

namespace DurableObjects.Webhooks.Tests.Queue;

public sealed record Paid(string Id, [property: JsonPropertyName("amount_in_cents")] long? Amount = null);

/// <summary>What a handler calls: it keeps the ids that it was told.</summary>
public interface ILedger
{
    Task Note(string id);

    Task<IReadOnlyList<string>> Noted();
}

[DurableObject("ledger")]
public sealed class Ledger(ObjectContext context) : DurableObject(context), ILedger
{
    public Task Note(string id)
    {
        Storage.Put("ids", (string[])[.. Storage.Get<string[]>("ids") ?? [], id]);
        return Task.CompletedTask;
    }

    [ReadOnlyMethod]
    public Task<IReadOnlyList<string>> Noted() => Task.FromResult<IReadOnlyList<string>>(Storage.Get<string[]>("ids") ?? []);
}

/// <summary>Takes payments: notes them in the ledger of the webhook's key.</summary>
[WebhookHandler("shop", "order.paid", "order.paid-again")]
[WebhookHandler("other-shop", "paid")]
internal sealed class PaidHandler(Target target) : WebhookHandler<Paid>
{
    protected override async Task HandleAsync(WebhookEvent<Paid> e, CancellationToken cancellation)
    {
        if (e.Payload.Amount < 0)
        {
            throw new WebhookRejectedException("A payment is not negative.");
        }
        if (target.Answers.TryDequeue(out Func<HttpResponseMessage>? answer))
        {
            answer().EnsureSuccessStatusCode();
        }
        cancellation.ThrowIfCancellationRequested();
        await e.Objects.Get<ILedger>(e.Key).Note($"{e.Source} {e.Type} {e.Id} {e.Payload.Amount} {e.Attempt} {e.RawBody.Length}");
    }
}

[WebhookHandler("shop", "order.paid")]
internal sealed class RivalHandler : WebhookHandler<JsonElement>
{
    protected override Task HandleAsync(WebhookEvent<JsonElement> e, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>Never ends.</summary>
[WebhookHandler("shop", "order.slow")]
internal sealed class SlowHandler(Target target) : WebhookHandler<JsonElement>
{
    protected override Task HandleAsync(WebhookEvent<JsonElement> e, CancellationToken cancellation)
    {
        // Time passes while it works, and it does not heed its token.
        Task never = new TaskCompletionSource().Task;
        target.Clock.Advance(TimeSpan.FromSeconds(31));
        return never;
    }
}

[WebhookHandler("shop")]
internal sealed class HandlerOfNothing : WebhookHandler<JsonElement>
{
    protected override Task HandleAsync(WebhookEvent<JsonElement> e, CancellationToken cancellation) => Task.CompletedTask;
}
