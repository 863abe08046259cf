namespace DurableObjects.Functions.Sockets;

/// <summary>The hub of SignalR Service on which all sockets are.</summary>
public static class SocketHub
{
    /// <summary>
    /// Its name. Not a setting: the triggers have it in their attributes, where a setting has no default, and a hub of the negotiation
    /// that is not theirs would open sockets of which no object hears. Two apps do not share a service.
    /// </summary>
    public const string Name = "objects";

    /// <summary>The target with which clients send.</summary>
    public const string Message = "message";

    /// <summary>The claim of a client's token that holds the ticket. The service hands claims on as they are, but for reserved names.</summary>
    public const string TicketClaim = "ticket";
}
