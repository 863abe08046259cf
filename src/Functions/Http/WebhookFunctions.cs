using DurableObjects.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace DurableObjects.Functions.Http;

/// <summary>The triggers of the routes of webhooks.</summary>
/// <remarks>Their names come before <c>unknown</c>; see <see cref="ObjectFunctions"/>.</remarks>
/// <param name="endpoints">Makes the endpoints of an invocation.</param>
public sealed class WebhookFunctions(FunctionEndpoints endpoints)
{
    /// <summary>
    /// <see cref="ObjectRoutes.TakeWebhook"/>. Its signature says who sends it, so the platform is told not to look for a key.
    /// </summary>
    [Function("hook-take")]
    public Task<IResult> TakeWebhookAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "webhooks/{source}/{key}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.TakeWebhook.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.WebhookQueue"/></summary>
    [Function("hook-status")]
    public Task<IResult> WebhookQueueAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/status")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.WebhookQueue.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Deliveries"/></summary>
    [Function("hook-deliveries")]
    public Task<IResult> DeliveriesAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/deliveries")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Deliveries.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Delivery"/></summary>
    [Function("hook-delivery")]
    public Task<IResult> DeliveryAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/deliveries/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Delivery.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.Redeliver"/></summary>
    [Function("hook-redeliver")]
    public Task<IResult> RedeliverAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/deliveries/{id}/redeliver")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.Redeliver.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.SkipDelivery"/></summary>
    [Function("hook-skip")]
    public Task<IResult> SkipDeliveryAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/deliveries/{id}/skip")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.SkipDelivery.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.RedeliverSome"/></summary>
    [Function("hook-redeliver-some")]
    public Task<IResult> RedeliverSomeAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/redeliver")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.RedeliverSome.Pattern, request, cancellation);

    /// <summary><see cref="ObjectRoutes.ResumeQueue"/></summary>
    [Function("hook-resume")]
    public Task<IResult> ResumeQueueAsync(
        [HttpTrigger(PlatformAccess.Level, Route = "webhooks/{source}/{key}/resume")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation) => endpoints.RunAsync(client, ObjectRoutes.ResumeQueue.Pattern, request, cancellation);
}
