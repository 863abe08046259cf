using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Sends clients to a SignalR hub in the same process, with the ticket itself as their access token.</summary>
/// <param name="path">The hub's path, such as <see cref="DefaultPath"/>.</param>
public sealed class HubNegotiator(string path = HubNegotiator.DefaultPath) : ISocketNegotiator
{
    /// <summary>Where the embedded host maps its hub.</summary>
    public const string DefaultPath = "/api/sockets";

    /// <inheritdoc/>
    public ValueTask<SocketConnection> NegotiateAsync(HttpRequest request, string ticket, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        // The client's own way to this host is the only one that is known to work for it.
        string url = $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}{path}";
        return ValueTask.FromResult(new SocketConnection(url, ticket));
    }
}
