using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DurableObjects.Workflows;

namespace DurableObjects.Entities;

/// <summary>
/// Asks an agent by HTTP: posts an <see cref="AgentRequest"/> to its URL, with its headers and an <c>Idempotency-Key</c> that all
/// attempts of a task share, and takes the JSON that it answers. 5xx, 408, 429 and no answer at all are tried again, when
/// <c>Retry-After</c> says at the earliest; everything else outside of 2xx is the agent's decision. Redirects are not followed.
/// </summary>
/// <param name="agents">The agents.</param>
/// <param name="clients">Makes the client, under <see cref="ClientName"/>.</param>
/// <param name="clock">For the dates of <c>Retry-After</c>.</param>
[Activity(Name)]
public sealed class HttpAgent(Agents agents, IHttpClientFactory clients, TimeProvider clock) : Agent
{
    /// <summary>Its published name.</summary>
    public const string Name = "http-agent";

    /// <summary>The name of the client: configure it under this, as with a handler of your own.</summary>
    public const string ClientName = "DurableObjects.Agents";

    /// <inheritdoc/>
    protected override async Task<JsonElement?> AnswerAsync(ActivityContext context, AgentRequest request)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(request);
        AgentSettings agent = agents.Find(request.Agent) is { Url: not null } known
            ? known
            : throw new DurableObjectException(
                503, AgentOrchestrator.UnknownAgent, $"The agent '{request.Agent}' has no URL under {Agents.Section} any more.")
            { Retryable = true };
        using HttpRequestMessage message = new(HttpMethod.Post, agent.Url)
        {
            Content = JsonContent.Create(request, options: ObjectJson.Options),
        };
        message.Headers.Add("Idempotency-Key", context.IdempotencyKey);
        foreach ((string name, string value) in agent.Headers)
        {
            message.Headers.Add(name, value);
        }
        using HttpClient client = clients.CreateClient(ClientName);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(
                message, HttpCompletionOption.ResponseHeadersRead, context.CancellationToken);
            return response.IsSuccessStatusCode
                ? await OutputAsync(response, context.CancellationToken)
                : throw Refusal(response, agent.Retry.MaxDelay);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Failure($"The agent was not reached: {Reason(error)}", error);
        }
    }

    private static async Task<JsonElement?> OutputAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] buffer = new byte[AgentOrchestratorLimits.OutputBytes + 1];
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (length == buffer.Length)
        {
            throw new DurableObjectException(
                422, AgentOrchestrator.AgentRefused,
                $"The agent's answer has more bytes than the limit of {AgentOrchestratorLimits.OutputBytes:N0} bytes.");
        }
        try
        {
            return length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, length));
        }
        catch (JsonException error)
        {
            throw Failure($"The agent's answer is not JSON: {error.Message}", error);
        }
    }

    private static DurableObjectException Failure(string message, Exception? error) =>
        new(502, AgentOrchestrator.AgentFailed, message, error) { Retryable = true };

    /// <summary>The innermost reason, which says most: refused, reset, no such host.</summary>
    private static string Reason(Exception error) => error.InnerException is { } inner ? Reason(inner) : error.Message;

    /// <summary>What it answered outside of 2xx. How long it may ask to be left alone is the operator's to say.</summary>
    private DurableObjectException Refusal(HttpResponseMessage response, TimeSpan longest)
    {
        int status = (int)response.StatusCode;
        if (status is not (>= 500 or 408 or 429))
        {
            return new DurableObjectException(422, AgentOrchestrator.AgentRefused, $"The agent answered {status}.");
        }
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? wait = header?.Delta ?? (header?.Date - clock.GetUtcNow());
        return new DurableObjectException(502, AgentOrchestrator.AgentFailed, $"The agent answered {status}.")
        {
            Retryable = true,
            RetryAfter = wait > longest ? longest : wait,
        };
    }
}
