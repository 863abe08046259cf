using DurableObjects.Http;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Functions.Sockets;

/// <summary>Sends clients to SignalR Service, with a token of its kind that carries the ticket as a claim.</summary>
internal sealed class SignalRNegotiator : ISocketNegotiator
{
    /// <summary>Characters of a token at most: what the service's own library allows, since it travels in URLs and headers.</summary>
    public const int MaxCharacters = 4_096;

    /// <summary>
    /// The claim by which the service tells a client why its connection was closed. Without it, a refusal would have no reason.
    /// </summary>
    private const string DetailedErrors = "asrs.s.derror";

    private readonly SignalREndpoint _endpoint;
    private readonly SignalRKeys _keys;
    private readonly TimeProvider _clock;

    /// <param name="endpoint">Where the service is.</param>
    /// <param name="keys">What tokens are signed with.</param>
    /// <param name="clock">By which they expire, with the ticket.</param>
    public SignalRNegotiator(SignalREndpoint endpoint, SignalRKeys keys, TimeProvider clock)
    {
        _endpoint = endpoint;
        _keys = keys;
        _clock = clock;
    }

    /// <inheritdoc/>
    /// <exception cref="DurableObjectException">The token would be longer than <see cref="MaxCharacters"/> (400).</exception>
    public async ValueTask<SocketConnection> NegotiateAsync(HttpRequest request, string ticket, CancellationToken cancellation)
    {
        SignalRKey key;
        try
        {
            key = await _keys.ClientKeyAsync(cancellation);
        }
        catch (SignalRFailedException error)
        {
            throw new DurableObjectException(
                503, ErrorCodes.Unavailable, "SignalR Service gave the app no key to let clients in with.", error)
            { Retryable = true };
        }
        // No user's id: nothing is ever sent by it, and it would only stand in more logs.
        string token = SignalRToken.Create(
            key, At(_endpoint.Service), _clock.GetUtcNow(), SocketTickets.DefaultLifetime,
            (SocketHub.TicketClaim, ticket), (DetailedErrors, "True"));
        return token.Length <= MaxCharacters
            ? new SocketConnection(At(_endpoint.Client), token)
            : throw new DurableObjectException(
                400, ErrorCodes.InvalidArgument,
                $"The query, the caller's claims and the object's name make a token of {token.Length:N0} characters; "
                + $"the limit of SignalR Service is {MaxCharacters:N0}.");
    }

    private static string At(Uri address) => $"{address.AbsoluteUri.TrimEnd('/')}/client/?hub={SocketHub.Name}";
}

/// <summary>Answers where no SignalR Service is configured: everything else of the host works without it.</summary>
internal sealed class MissingNegotiator : ISocketNegotiator
{
    /// <summary>The code of the answer.</summary>
    public const string Code = "sockets-not-configured";

    /// <inheritdoc/>
    /// <exception cref="DurableObjectException">Always (501); the text names the setting.</exception>
    public ValueTask<SocketConnection> NegotiateAsync(HttpRequest request, string ticket, CancellationToken cancellation) =>
        throw new DurableObjectException(
            501, Code,
            $"The app has no SignalR Service, so objects have no sockets here: set '{Settings.SignalR}' to a connection string, or "
            + $"'{Settings.SignalRServiceUri}' to the service's address.");
}
