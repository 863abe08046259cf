namespace DurableObjects.Http;

/// <summary>What a client got when it negotiated, and what its socket is opened with.</summary>
/// <param name="Address">The object that the socket is for.</param>
/// <param name="Caller">Who negotiated.</param>
/// <param name="Query">The query of the client's URL without SignalR's part and the host's; names without regard to case.</param>
/// <param name="IssuedAt">When it was issued, to the second.</param>
/// <param name="ExpiresAt">From when on it is refused, to the second.</param>
public sealed record SocketTicket(
    ObjectAddress Address,
    Caller Caller,
    IReadOnlyDictionary<string, string> Query,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt);
