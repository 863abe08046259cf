using DurableObjects.Http;

namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// Lets nobody begin a connection to the hub without a ticket. The hub checks it again when the connection opens; this is so that a
/// stranger does not get as far as that.
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
