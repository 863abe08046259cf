using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Takes a request that has been routed to a pattern to the line of <see cref="ObjectRoutes"/> for its HTTP method.</summary>
public static class ObjectRouteDispatch
{
    private static readonly Dictionary<string, ObjectRoute[]> ByPattern =
        ObjectRoutes.All.GroupBy(route => route.Pattern).ToDictionary(routes => routes.Key, routes => routes.ToArray());

    /// <summary>Answers a request; one with a method that the pattern does not take with 405.</summary>
    /// <param name="endpoints">The host's endpoints.</param>
    /// <param name="pattern">The pattern of one of the routes.</param>
    /// <param name="request">The request, with its route values.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public static Task<IResult> DispatchAsync(
        this ObjectEndpoints endpoints, string pattern, HttpRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(request);
        ObjectRoute[] routes = ByPattern[pattern];
        if (Array.Find(routes, one => one.Takes(request.Method)) is { } route)
        {
            return route.Handler(endpoints, request, cancellation);
        }
        string allow = string.Join(", ", routes.Select(one => one.Method));
        return Task.FromResult<IResult>(ProblemResult.MethodNotAllowed(allow, $"This route takes {allow}; not {request.Method}."));
    }

    /// <summary>The answer to a request that no route takes (404).</summary>
    public static IResult Unknown(HttpRequest request) => ProblemResult.UnknownRoute(request);
}
