using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DurableObjects.Functions.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.FunctionsEngine.Sockets;

/// <summary>
/// Stands in for the SignalR extension of the Functions host: takes the upstream calls of SignalR Service, or of its stand-in, and calls the
/// trigger functions as the extension does it, down to how it parses headers and what it makes of exceptions.
/// </summary>
public sealed class SignalRUpstreamAdapter
{
    /// <summary>Where the extension listens.</summary>
    public const string Path = "/runtime/webhooks/signalr";

    private readonly object _functions;
    private readonly string? _accessKey;
    private readonly Func<Type, object?> _bindings;
    private readonly Dictionary<string, MethodInfo> _triggers;

    /// <summary>An adapter to an app's functions.</summary>
    /// <param name="functions">What has the triggers, such as <see cref="SocketFunctions"/>.</param>
    /// <param name="accessKey">The key by which signatures are checked; null with an identity, where the extension checks none.</param>
    /// <param name="bindings">What is bound to the further parameters of a trigger, by their types.</param>
    public SignalRUpstreamAdapter(object functions, string? accessKey, Func<Type, object?>? bindings = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        _functions = functions;
        _accessKey = accessKey;
        _bindings = bindings ?? (type => throw new InvalidOperationException($"Nothing is bound to a {type.Name}."));
        _triggers = functions.GetType().GetMethods()
            .Select(method => (method, trigger: method.GetParameters()
                .Select(parameter => parameter.GetCustomAttribute<SignalRTriggerAttribute>())
                .FirstOrDefault(trigger => trigger is not null)))
            .Where(one => one.trigger is not null)
            .ToDictionary(
                one => KeyOf(one.trigger!.HubName, one.trigger.Category, one.trigger.Event), one => one.method,
                StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Maps it to <see cref="Path"/>.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, (HttpRequest request) => HandleAsync(request));

    /// <summary>Handles an upstream call.</summary>
    public async Task<IResult> HandleAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.ContentType?.Split(';')[0].Trim() is not "application/json")
        {
            return Results.StatusCode(415);
        }
        if (Header(request, "Hub") is not { } hub || Header(request, "Category") is not { } category || Header(request, "Event") is not { } @event)
        {
            return Results.StatusCode(400);
        }
        if (!_triggers.TryGetValue(KeyOf(hub, category, @event), out MethodInfo? trigger))
        {
            return Results.StatusCode(404);
        }
        if (Header(request, "Connection-Id") is not { } connectionId)
        {
            return Results.StatusCode(500);
        }
        using JsonDocument? body = await BodyAsync(request);
        SignalRInvocationContext context = Context(request, hub, category, @event, connectionId);
        bool isMessage = context.Category == SignalRInvocationCategory.Messages;
        string? invocationId = null;
        if (isMessage || @event == "disconnected")
        {
            if (body is null)
            {
                return Results.StatusCode(500);
            }
            context.Error = Text(body.RootElement, "error");
            invocationId = Text(body.RootElement, "invocationId");
            context.Arguments = body.RootElement.TryGetProperty("arguments", out JsonElement arguments)
                ? [.. arguments.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Null ? null! : (object)one.Clone())]
                : null;
        }
        if (!IsSigned(request, connectionId))
        {
            return Results.StatusCode(401);
        }
        Exception? error = await InvokeAsync(trigger, context);
        if (isMessage)
        {
            return string.IsNullOrEmpty(invocationId) ? Results.Ok() : Completion(invocationId, error);
        }
        return error is null || @event == "disconnected" ? Results.Ok() : Results.StatusCode(403);
    }

    private static string KeyOf(string hub, string category, string @event) => $"{hub}\n{category}\n{@event}";

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue($"X-ASRS-{name}", out StringValues values) && values[0] is { Length: > 0 } value ? value : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static async Task<JsonDocument?> BodyAsync(HttpRequest request)
    {
        try
        {
            return await JsonDocument.ParseAsync(request.Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SignalRInvocationContext Context(
        HttpRequest request, string hub, string category, string @event, string connectionId) => new()
        {
            Hub = hub,
            Category = Enum.Parse<SignalRInvocationCategory>(category, ignoreCase: true),
            Event = @event,
            ConnectionId = connectionId,
            UserId = Header(request, "User-Id")!,
            Headers = request.Headers.ToDictionary(one => one.Key, one => one.Value, StringComparer.OrdinalIgnoreCase),
            Query = QueryHelpers.ParseQuery(Header(request, "Client-Query") ?? ""),
            Claims = Claims(Header(request, "User-Claims") ?? ""),
        };

    /// <summary>Claims stand in one header as <c>a: b, c: d</c>; of several with a name the first counts.</summary>
    private static Dictionary<string, StringValues> Claims(string header) => header
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(one => one.Split(": ", StringSplitOptions.RemoveEmptyEntries))
        .Where(one => one.Length == 2)
        .GroupBy(one => one[0].Trim())
        .ToDictionary(group => group.Key, group => new StringValues(group.First()[1].Trim()));

    /// <summary>What becomes of a function's end where a client waits for it.</summary>
    private static IResult Completion(string invocationId, Exception? error)
    {
        object completion = error is null
            ? new { type = 3, invocationId, result = (object?)null }
            // The host's words for an exception of its worker.
            : new { type = 3, invocationId, error = $"Result: Failure\nException: {error.Message}\nStack: {error.StackTrace}" };
        return Results.Bytes([.. JsonSerializer.SerializeToUtf8Bytes(completion), 0x1e], "application/json");
    }

    private bool IsSigned(HttpRequest request, string connectionId)
    {
        if (_accessKey is null)
        {
            return true;
        }
        string expected = "sha256=" + Convert.ToHexString(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(_accessKey), Encoding.UTF8.GetBytes(connectionId)));
        return (Header(request, "Signature") ?? "").Split(',').Contains(expected, StringComparer.OrdinalIgnoreCase);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a function throws, the host makes an answer of it.")]
    private async Task<Exception?> InvokeAsync(MethodInfo trigger, SignalRInvocationContext context)
    {
        try
        {
            object?[] arguments = [.. trigger.GetParameters().Select(parameter => parameter.ParameterType switch
            {
                Type type when type == typeof(SignalRInvocationContext) => context,
                Type type when type == typeof(CancellationToken) => CancellationToken.None,
                Type type => _bindings(type),
            })];
            await (Task)trigger.Invoke(_functions, arguments)!;
            return null;
        }
        catch (Exception error)
        {
            return error is TargetInvocationException { InnerException: { } inner } ? inner : error;
        }
    }
}
