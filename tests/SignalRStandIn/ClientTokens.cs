namespace DurableObjects.SignalRStandIn;

/// <summary>Lets clients in that have a token for their hub.</summary>
internal sealed class ClientTokens(Tokens tokens)
{
    private const string Item = "claims";

    /// <summary>The claims with which the connection was let in.</summary>
    public static IReadOnlyDictionary<string, string> Of(HttpContext context) =>
        context.Items[Item] as IReadOnlyDictionary<string, string>
        ?? throw new InvalidOperationException("The request was not checked.");

    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        string? token = context.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var bearer]
            ? bearer
            : context.Request.Query["access_token"];
        string audience = $"{context.Request.Scheme}://{context.Request.Host}/client/?hub={context.Request.Query["hub"]}";
        // A connection that has begun goes on under its id.
        if (tokens.Check(token, mayHaveExpired: context.Request.Query.ContainsKey("id"), audience) is not { } claims)
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        }
        context.Items[Item] = claims;
        return next(context);
    }
}
