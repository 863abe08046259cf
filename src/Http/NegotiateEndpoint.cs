using System.Collections.Frozen;
using DurableObjects.Hosting;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>
/// Answers the negotiate request of a SignalR client that was given an object's own URL, by sending it on to where the host
/// keeps sockets, with a ticket that says which object and who.
/// </summary>
internal sealed class NegotiateEndpoint(IObjectHost host, SocketTickets tickets, ISocketNegotiator negotiator)
{
    /// <summary>What of the query is between SignalR and the host, and none of the object's business.</summary>
    private static readonly FrozenSet<string> NotPassedOn = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "id", "negotiateVersion", "useStatefulReconnect", "access_token", ApiKeyCallers.QueryParameter);

    public async Task<IResult> NegotiateAsync(
        HttpRequest request, string className, string key, Caller caller, CancellationToken cancellation)
    {
        ObjectAddress address = request.Address(host, className, key);
        Dictionary<string, string> query = request.Query
            .Where(one => !NotPassedOn.Contains(one.Key))
            .ToDictionary(one => one.Key, one => one.Value.ToString());
        string ticket = tickets.Issue(address, caller, query);
        SocketConnection connection = await negotiator.NegotiateAsync(request, ticket, cancellation);
        return AnswerResult.Json(200, connection);
    }
}
