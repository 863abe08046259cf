using System.Text.Json;
using DurableObjects.Workflows;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Http;

/// <summary>Starts workflows, tells where they stand, and steers them.</summary>
internal sealed class WorkflowEndpoint(IWorkflowHost host, RequestBody bodies, TimeProvider clock)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    /// <summary>Seconds that a request may wait for a workflow's end: what proxies and load balancers let a request take.</summary>
    private const int MaxWait = 60;

    public async Task<IResult> StartAsync(HttpRequest request, string name, CancellationToken cancellation)
    {
        host.Classes.CheckWorkflow(name);
        string id = request.Query["id"] is { Count: > 0 } given ? given.ToString() : WorkflowId.New(clock);
        WorkflowCommand command = new(WorkflowVerb.Start) { Name = name, Payload = await PayloadAsync(request, cancellation) };
        await host.StartAsync(name, id, command, cancellation);
        string url = $"{request.PathBase.ToUriComponent()}/api/workflows/{Uri.EscapeDataString(id)}";
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new Started(id, url), ObjectJson.Options);
        return new AnswerResult(202, json) { Location = url };
    }

    public async Task<IResult> DescribeAsync(HttpRequest request, string id, CancellationToken cancellation)
    {
        if (request.Number("wait", 0, 0, MaxWait) is int wait and > 0)
        {
            await host.EndAsync(id, TimeSpan.FromSeconds(wait), clock, cancellation);
        }
        WorkflowStatus status = await host.FindAsync(id, withSteps: true, cancellation) ?? throw WorkflowExtensions.Unknown(id);
        return AnswerResult.Json(200, status);
    }

    public async Task<IResult> ListAsync(HttpRequest request, CancellationToken cancellation)
    {
        string? name = request.Query["name"];
        if (!string.IsNullOrEmpty(name))
        {
            host.Classes.CheckWorkflow(name);
        }
        WorkflowFilter filter = new(string.IsNullOrEmpty(name) ? null : name, StateOf(request.Query["status"]));
        string? cursor = request.Query["cursor"];
        int limit = request.Number("limit", DefaultLimit, 1, MaxLimit);
        WorkflowPage page = await host.ListAsync(filter, string.IsNullOrEmpty(cursor) ? null : cursor, limit, cancellation);
        return AnswerResult.Json(200, new Listing(page.Items, page.Cursor));
    }

    public async Task<IResult> RaiseAsync(HttpRequest request, string id, string name, CancellationToken cancellation)
    {
        WorkflowCommand command = new(WorkflowVerb.Raise) { Name = name, Payload = await PayloadAsync(request, cancellation) };
        await host.CommandAsync(id, command, cancellation);
        return new AnswerResult(202);
    }

    public async Task<IResult> SteerAsync(HttpRequest request, string id, WorkflowVerb verb, CancellationToken cancellation)
    {
        JsonElement? body = await PayloadAsync(request, cancellation);
        string? reason = null;
        if (body is { } given)
        {
            reason = given.ValueKind == JsonValueKind.Object && given.TryGetProperty("reason", out JsonElement text)
                && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : throw ObjectRequests.Invalid("The body must be empty, or an object with 'reason' (text).");
        }
        await host.CommandAsync(id, new WorkflowCommand(verb) { Reason = reason }, cancellation);
        return new AnswerResult(202);
    }

    private static WorkflowState? StateOf(StringValues text)
    {
        if (text.Count == 0 || string.IsNullOrEmpty(text))
        {
            return null;
        }
        return Enum.TryParse(text, ignoreCase: true, out WorkflowState state) && Enum.IsDefined(state) && !char.IsAsciiDigit(text.ToString()[0])
            ? state
            : throw ObjectRequests.Invalid(
                $"The query's 'status' must be one of {string.Join(", ", Enum.GetNames<WorkflowState>()).ToLowerInvariant()}; it is '{text}'.");
    }

    private async Task<JsonElement?> PayloadAsync(HttpRequest request, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = await bodies.ReadJsonAsync(request, cancellation);
        try
        {
            return body.IsEmpty ? null : JsonSerializer.Deserialize<JsonElement>(body.Span, ObjectJson.Options);
        }
        catch (JsonException error)
        {
            throw ObjectRequests.Invalid($"The body must be JSON: {error.Message}", error);
        }
    }

    private sealed record Started(string Id, string StatusUrl);

    private sealed record Listing(
        IReadOnlyList<WorkflowStatus> Workflows,
        [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        string? Cursor);
}
