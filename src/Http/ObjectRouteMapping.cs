using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.Http;

/// <summary>Maps <see cref="ObjectRoutes"/> in a host that is an ASP.NET Core application.</summary>
public static class ObjectRouteMapping
{
    private const string EverythingElse = "/api/{**rest}";

    /// <summary>
    /// Maps every route to the <see cref="ObjectEndpoints"/> among the services. A known path with another method answers 405,
    /// and any other path under <c>/api</c> that the application does not map itself 404, each as a problem.
    /// </summary>
    /// <returns>All of them, for conventions.</returns>
    public static IEndpointConventionBuilder MapObjectRoutes(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ObjectEndpoints target = endpoints.ServiceProvider.GetRequiredService<ObjectEndpoints>();
        RouteGroupBuilder group = endpoints.MapGroup("");
        foreach (IGrouping<string, ObjectRoute> routes in ObjectRoutes.All.GroupBy(route => route.Pattern))
        {
            // For every method at once: were it for its own only, POST {method} would take DELETE's place in the refusal of
            // PUT, and GET negotiate would be a call of the method 'negotiate'.
            group.Map(routes.Key, async context =>
                await (await target.DispatchAsync(routes.Key, context.Request, context.RequestAborted)).ExecuteAsync(context))
                .WithDisplayName(routes.Key);
        }
        group.Map(EverythingElse, context => ObjectRouteDispatch.Unknown(context.Request).ExecuteAsync(context))
            .WithDisplayName(EverythingElse)
            .WithOrder(int.MaxValue);
        return group;
    }
}
