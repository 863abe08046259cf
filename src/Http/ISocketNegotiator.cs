using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>How a host tells a SignalR client where to connect: embedded to its own hub, Azure to SignalR Service.</summary>
public interface ISocketNegotiator
{
    /// <summary>Where the client goes next, and with what.</summary>
    /// <param name="request">The client's negotiate request.</param>
    /// <param name="ticket">The ticket of <see cref="SocketTickets"/>, which must come to the host with the connection.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    ValueTask<SocketConnection> NegotiateAsync(HttpRequest request, string ticket, CancellationToken cancellation);
}

/// <summary>The answer to a SignalR client's negotiate request that sends it elsewhere.</summary>
/// <param name="Url">Where to negotiate next.</param>
/// <param name="AccessToken">What to authenticate with there.</param>
public sealed record SocketConnection(string Url, string AccessToken);
