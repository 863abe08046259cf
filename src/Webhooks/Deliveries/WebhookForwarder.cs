using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using DurableObjects.Webhooks.Queue;

namespace DurableObjects.Webhooks.Deliveries;

/// <summary>
/// Sends webhooks on by POST: the raw bytes, with the headers that their signature needs, so that the target can check it too. What
/// it answers outside of 2xx is a failure; redirects are not followed, for only the operator says where deliveries go.
/// </summary>
/// <param name="clients">Makes the client, under <see cref="ClientName"/>.</param>
/// <param name="clock">For the dates of <c>Retry-After</c>.</param>
public sealed class WebhookForwarder(IHttpClientFactory clients, TimeProvider clock)
{
    /// <summary>The name of the client: configure it under this, as with a handler of your own.</summary>
    public const string ClientName = "DurableObjects.Webhooks";

    /// <summary>The header with the delivery's id.</summary>
    public const string DeliveryHeader = "X-Webhook-Delivery";

    /// <summary>The header with the number of the attempt.</summary>
    public const string AttemptHeader = "X-Webhook-Attempt";

    /// <summary>The header with the source's name.</summary>
    public const string SourceHeader = "X-Webhook-Source";

    /// <summary>The header with the key that the webhook was sent to, percent-encoded.</summary>
    public const string KeyHeader = "X-Webhook-Key";

    /// <summary>The header with the event's type, if it has one.</summary>
    public const string TypeHeader = "X-Webhook-Type";

    private const int Gone = 410;

    internal async Task<AttemptResult> ForwardAsync(
        Uri target, WebhookEvent @event, IReadOnlyList<WebhookHeader> headers, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, target) { Content = new ReadOnlyMemoryContent(@event.RawBody) };
        foreach (WebhookHeader header in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(header.Name, header.Value))
            {
                request.Content.Headers.TryAddWithoutValidation(header.Name, header.Value);
            }
        }
        request.Headers.Add(DeliveryHeader, @event.Id);
        request.Headers.Add(AttemptHeader, @event.Attempt.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SourceHeader, @event.Source);
        request.Headers.Add(KeyHeader, Uri.EscapeDataString(@event.Key));
        if (@event.Type.Length > 0)
        {
            request.Headers.Add(TypeHeader, @event.Type);
        }
        using HttpClient client = clients.CreateClient(ClientName);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            int status = (int)response.StatusCode;
            return response.IsSuccessStatusCode
                ? new AttemptResult(WebhookAttemptOutcome.Delivered, status)
                : throw Refused(status, await BeginningAsync(response, cancellation), Wait(response.Headers.RetryAfter));
        }
        catch (HttpRequestException error)
        {
            throw Unanswered(WebhookAttemptOutcome.Failed, $"The target was not reached: {Reason(error)}", error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw Unanswered(WebhookAttemptOutcome.TimedOut, "The target has not answered in time.", error);
        }
    }

    private static ForwardingException Unanswered(WebhookAttemptOutcome outcome, string error, Exception inner) =>
        new(new AttemptResult(outcome, Error: error), isDown: true, null, inner);

    private static ForwardingException Refused(int status, string response, TimeSpan? retryAfter)
    {
        string error = status is >= 300 and < 400
            ? $"The target answered {status}; redirects are not followed."
            : $"The target answered {status}.";
        return new ForwardingException(
            new AttemptResult(status == Gone ? WebhookAttemptOutcome.Rejected : WebhookAttemptOutcome.Failed, status, error, response),
            isDown: status is >= 500 or 408 or 429, retryAfter, null);
    }

    /// <summary>The innermost reason, which says most: refused, reset, no such host.</summary>
    private static string Reason(Exception error)
    {
        Exception inner = error;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }
        return inner.Message;
    }

    /// <summary>As much of what the target answered as the trail keeps. The status is the answer, whatever becomes of the rest.</summary>
    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] buffer = new byte[WebhookLimits.TraceCharacters];
        int length = 0;
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            // It broke off.
        }
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private TimeSpan? Wait(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - clock.GetUtcNow());
}
