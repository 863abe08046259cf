namespace DurableObjects.Embedded.Sockets;

/// <summary>The access token of a SignalR client: in the Authorization header, or in the query where a browser cannot set one.</summary>
internal static class AccessToken
{
    private const string Bearer = "Bearer ";

    public static string? Of(HttpRequest request)
    {
        string? authorization = request.Headers.Authorization;
        return authorization is not null && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..]
            : request.Query["access_token"];
    }
}
