using DurableObjects.Embedded.Sockets;
using DurableObjects.Http;

namespace DurableObjects.Embedded;

/// <summary>Maps the embedded host into an application.</summary>
public static class DurableObjectsEndpoints
{
    private static readonly ObjectRoute Hibernate = new(
        HttpMethods.Post, "/api/hibernate", Access.Administrator, HibernateAsync);

    /// <summary>
    /// Maps every route of objects under <c>/api</c>, the SignalR hub that negotiated clients connect to, and, for
    /// administrators, <c>POST /api/hibernate</c>: every object that is idle leaves memory at once.
    /// </summary>
    /// <returns>All of them, for conventions.</returns>
    public static IEndpointConventionBuilder MapDurableObjects(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ObjectEndpoints target = endpoints.ServiceProvider.GetRequiredService<ObjectEndpoints>();
        RouteGroupBuilder group = endpoints.MapGroup("");
        group.MapObjectRoutes();
        group.MapPost(Hibernate.Pattern, async context =>
            await (await Hibernate.Handler(target, context.Request, context.RequestAborted)).ExecuteAsync(context));
        // A ticket is only given to who had the API key, so here it stands for the key.
        group.MapHub<ObjectHub>(HubNegotiator.DefaultPath).RequireTicket();
        return group;
    }

    private static Task<IResult> HibernateAsync(ObjectEndpoints endpoints, HttpRequest request, CancellationToken cancellation) =>
        endpoints.RunAsync(
            Hibernate,
            request,
            async _ =>
            {
                EmbeddedHost host = request.HttpContext.RequestServices.GetRequiredService<EmbeddedHost>();
                return Results.Json(new { hibernated = await host.Live.HibernateAllAsync(cancellation) }, ObjectJson.Options);
            },
            cancellation);
}
