using System.Text.Json;
using System.Text.Json.Nodes;

namespace DurableObjects.SignalRStandIn;

/// <summary>The part of the service's REST API that hosts of objects use (version 2022-06-01).</summary>
internal sealed class RestApi(StandInOptions options, Tokens tokens, Connections connections)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder api = routes.MapGroup("/api");
        api.AddEndpointFilter(async (invocation, next) =>
        {
            HttpRequest request = invocation.HttpContext.Request;
            if (options.Fault?.Invoke(request) is { } status)
            {
                return Results.StatusCode(status);
            }
            return IsAuthorized(request) ? await next(invocation) : Results.StatusCode(401);
        });
        api.MapMethods("/health", ["HEAD"], () => Results.Ok());
        api.MapGet("/v1/auth/accessKey", HandOutKey);
        api.MapPost("/hubs/{hub}/connections/{id}/:send", SendToConnectionAsync);
        api.MapPost("/hubs/{hub}/groups/{group}/:send", SendToGroupAsync);
        api.MapDelete("/hubs/{hub}/connections/{id}", CloseAsync);
        api.MapPut("/hubs/{hub}/groups/{group}/connections/{id}", Join);
        api.MapDelete("/hubs/{hub}/groups/{group}/connections/{id}", Leave);
    }

    private static async Task<object> MessageAsync(HttpRequest request)
    {
        JsonNode body = await JsonNode.ParseAsync(request.Body) ?? throw new JsonException("There is no message.");
        return new { type = 1, target = body["target"], arguments = body["arguments"] ?? new JsonArray() };
    }

    private static IResult Missing(HttpContext context)
    {
        context.Response.Headers["x-ms-error-code"] = "Warning.Connection.NotExisted";
        return Results.NotFound();
    }

    private bool IsAuthorized(HttpRequest request)
    {
        if (request.Headers.Authorization.ToString() is not ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var token])
        {
            return false;
        }
        string url = $"{request.Scheme}://{request.Host}{request.Path.ToUriComponent()}";
        // The documentation leaves the query out, the service's own library has the version in it.
        return token == options.IdentityToken
            || tokens.Check(token, mayHaveExpired: false, url, $"{url}?api-version={request.Query["api-version"]}") is not null;
    }

    private IResult HandOutKey(HttpRequest request)
    {
        if (options.IdentityToken is null || !request.Headers.Authorization.ToString().EndsWith(options.IdentityToken, StringComparison.Ordinal))
        {
            return Results.StatusCode(403);
        }
        (string id, string key) = tokens.HandOut();
        return Results.Json(new Dictionary<string, string> { ["KeyId"] = id, ["AccessKey"] = key });
    }

    private async Task<IResult> SendToConnectionAsync(HttpRequest request, string hub, string id)
    {
        object message = await MessageAsync(request);
        if (connections.Find(hub, id) is { } connection)
        {
            await connection.SendAsync(message);
            connections.CountMessage();
        }
        return Results.Accepted();
    }

    private async Task<IResult> SendToGroupAsync(HttpRequest request, string hub, string group)
    {
        object message = await MessageAsync(request);
        string?[] excluded = [.. request.Query["excluded"]];
        foreach (string id in connections.Members(group).Where(id => !excluded.Contains(id)))
        {
            if (connections.Find(hub, id) is { } connection)
            {
                await connection.SendAsync(message);
                connections.CountMessage();
            }
        }
        return Results.Accepted();
    }

    private async Task<IResult> CloseAsync(HttpContext context, string hub, string id)
    {
        if (connections.Find(hub, id) is not { } connection)
        {
            return Missing(context);
        }
        await connection.CloseAsync(context.Request.Query["reason"]);
        return Results.Ok();
    }

    private IResult Join(HttpContext context, string hub, string group, string id)
    {
        if (connections.Find(hub, id) is null)
        {
            return Missing(context);
        }
        connections.Join(group, id);
        return Results.Ok();
    }

    private IResult Leave(HttpContext context, string hub, string group, string id)
    {
        if (connections.Find(hub, id) is null)
        {
            return Missing(context);
        }
        connections.Leave(group, id);
        return Results.Ok();
    }
}
