using DurableObjects.Http;

namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// Lets nobody begin a connection to the hub without a ticket, nor while the host stops. The hub checks the ticket again when the
/// connection opens; this is so that a stranger does not get as far as that.
/// </summary>
internal static class HubDoor
{
    /// <summary>SignalR's query parameter that names a connection which was begun before.</summary>
    private const string Connection = "id";

    public static IEndpointConventionBuilder RequireTicket(this IEndpointConventionBuilder hub)
    {
        hub.Add(endpoint =>
        {
            RequestDelegate? next = endpoint.RequestDelegate;
            endpoint.RequestDelegate = context => Check(context) is { } refused
                ? refused.ExecuteAsync(context)
                : next!(context);
        });
        return hub;
    }

    private static IResult? Check(HttpContext context)
    {
        // Later requests of a connection come under its secret id, and may come when the ticket has expired.
        if (context.Request.Query.ContainsKey(Connection))
        {
            return null;
        }
        // SignalR closes its connections once, as a stop begins, and its clients come back while the address is still open. Such a
        // connection would be closed by nobody, and the server waits half a minute for those.
        if (context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
        {
            return ObjectEndpoints.Problem(
                new DurableObjectException(503, ErrorCodes.Unavailable, "The host is stopping.") { Retryable = true });
        }
        try
        {
            context.RequestServices.GetRequiredService<SocketTickets>().Validate(AccessToken.Of(context.Request));
            return null;
        }
        catch (DurableObjectException error)
        {
            return ObjectEndpoints.Problem(error);
        }
    }
}
