using System.Text.Json;
using System.Text.Json.Nodes;
using DurableObjects.Hosting;
using DurableObjects.Webhooks;
using DurableObjects.Webhooks.Queue;
using DurableObjects.Webhooks.Signatures;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>Takes webhooks, tells what became of them, and has them delivered again.</summary>
internal sealed class WebhookEndpoint(IObjectHost host, WebhookIntake intake, RequestBody bodies, TimeProvider clock)
{
    private const string Root = "webhooks";
    private const string Shape = "The body must be an object with either 'ids' (a list of texts), or 'state': \"dead\"";
    private const int KeyOffset = 2;
    private const int IdOffset = 4;
    private const int DefaultLimit = 100;

    public async Task<IResult> TakeAsync(HttpRequest request, string source, string key, CancellationToken cancellation)
    {
        DateTimeOffset receivedAt = clock.GetUtcNow();
        WebhookSource known = intake.Source(source);
        string name = RawPath.Part(request, Root, source, KeyOffset, key);
        ReadOnlyMemory<byte> body = await bodies.ReadAsync(request, cancellation, WebhookLimits.BodyBytes);
        WebhookRequest webhook = new(
            body, request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? ""))));
        (VerifiedWebhook taken, bool isNew) = await intake.TakeAsync(known, name, webhook, receivedAt, cancellation);
        return AnswerResult.Json(isNew ? 202 : 200, new Taken(taken.Id, !isNew));
    }

    public Task<IResult> StatusAsync(
        HttpRequest request, string source, string key, Caller caller, CancellationToken cancellation) =>
        AnswerAsync<WebhookQueueStatus>(request, source, key, "status", [], caller, cancellation);

    public Task<IResult> ListAsync(HttpRequest request, string source, string key, Caller caller, CancellationToken cancellation)
    {
        string? cursor = request.Query["cursor"];
        object?[] arguments =
            [StateOf(request.Query["state"]), request.Number("limit", DefaultLimit, 1, WebhookLimits.PageDeliveries), string.IsNullOrEmpty(cursor) ? null : cursor];
        return AnswerAsync<WebhookDeliveryPage>(request, source, key, "deliveries", arguments, caller, cancellation);
    }

    public async Task<IResult> DescribeAsync(
        HttpRequest request, string source, string key, string id, Caller caller, CancellationToken cancellation)
    {
        bool withBody = request.Flag("body");
        if (withBody)
        {
            AccessPolicy.Require(Access.Contributor, caller);
        }
        string known = RawPath.Part(request, Root, source, IdOffset, id);
        WebhookDelivery delivery = await CallAsync<WebhookDelivery?>(request, source, key, "delivery", [known], caller, cancellation)
            ?? throw new DurableObjectException(404, WebhookErrorCodes.UnknownDelivery, $"There is no delivery '{known}'.");
        if (!withBody)
        {
            return AnswerResult.Json(200, delivery);
        }
        JsonNode json = JsonSerializer.SerializeToNode(delivery, ObjectJson.Options)!;
        json["body"] = await CallAsync<string?>(request, source, key, "content", [known], Caller.Runtime, cancellation);
        return AnswerResult.Json(200, json);
    }

    public Task<IResult> RedeliverAsync(
        HttpRequest request, string source, string key, string id, Caller caller, CancellationToken cancellation) =>
        RedeliverAsync(request, source, key, [RawPath.Part(request, Root, source, IdOffset, id)], caller, cancellation);

    public async Task<IResult> SkipAsync(
        HttpRequest request, string source, string key, string id, Caller caller, CancellationToken cancellation)
    {
        await CallAsync<object>(
            request, source, key, "skip", [RawPath.Part(request, Root, source, IdOffset, id)], caller, cancellation);
        return new AnswerResult(202);
    }

    public async Task<IResult> RedeliverSomeAsync(
        HttpRequest request, string source, string key, Caller caller, CancellationToken cancellation)
    {
        Choice choice = await ReadAsync(request, cancellation);
        return choice switch
        {
            { Ids: { } ids, State: null } => await RedeliverAsync(request, source, key, ids, caller, cancellation),
            { Ids: null, State: WebhookDeliveryState.Dead } => AnswerResult.Json(
                202, new Redelivered(await CallAsync<int>(request, source, key, "redeliverDead", [], caller, cancellation))),
            _ => throw ObjectRequests.Invalid($"{Shape}."),
        };
    }

    public async Task<IResult> ResumeAsync(
        HttpRequest request, string source, string key, Caller caller, CancellationToken cancellation) => AnswerResult.Json(
            202, new Resumed(await CallAsync<bool>(request, source, key, "resume", [], caller, cancellation)));

    private static WebhookDeliveryState? StateOf(StringValues text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        string[] names = Enum.GetNames<WebhookDeliveryState>();
        return names.Contains(text.ToString(), StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<WebhookDeliveryState>(text.ToString(), ignoreCase: true)
            : throw ObjectRequests.Invalid(
                $"The query's 'state' must be one of {string.Join(", ", names).ToLowerInvariant()}; it is '{text}'.");
    }

    private async Task<Choice> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = await bodies.ReadJsonAsync(request, cancellation);
        try
        {
            return (body.IsEmpty ? null : JsonSerializer.Deserialize<Choice>(body.Span, ObjectJson.Options)) ?? new Choice(null, null);
        }
        catch (JsonException error)
        {
            throw ObjectRequests.Invalid($"{Shape}: {error.Message}", error);
        }
    }

    private async Task<IResult> RedeliverAsync(
        HttpRequest request, string source, string key, IReadOnlyList<string> ids, Caller caller, CancellationToken cancellation) =>
        AnswerResult.Json(202, new Redelivered(await CallAsync<int>(request, source, key, "redeliver", [ids], caller, cancellation)));

    private async Task<IResult> AnswerAsync<T>(
        HttpRequest request, string source, string key, string method, object?[] arguments, Caller caller,
        CancellationToken cancellation) =>
        AnswerResult.Json(200, await CallAsync<T>(request, source, key, method, arguments, caller, cancellation));

    /// <summary>Calls a queue that is there: a question must not make one. Its source need not be configured any more.</summary>
    private async Task<T> CallAsync<T>(
        HttpRequest request, string source, string key, string method, object?[] arguments, Caller caller, CancellationToken cancellation)
    {
        string name = RawPath.Part(request, Root, source, KeyOffset, key);
        return await host.FindAsync(WebhookQueue.AddressOf(source, name), cancellation) is null
            ? throw new DurableObjectException(
                404, WebhookErrorCodes.UnknownQueue, $"Nothing has come from the source '{source}' for '{name}'.")
            : await QueueCall.RunAsync<T>(host, source, name, method, arguments, caller, cancellation);
    }

    private sealed record Taken(string Id, bool Duplicate);

    private sealed record Choice(IReadOnlyList<string>? Ids, WebhookDeliveryState? State);

    private sealed record Redelivered(int Count);

    private sealed record Resumed(bool HadStopped);
}
