using System.Text.Json;
using DurableObjects.Http;
using DurableObjects.Turns;
using Microsoft.AspNetCore.SignalR;

namespace DurableObjects.Embedded.Sockets;

/// <summary>
/// Where negotiated clients connect. What happens on a connection becomes a turn of its object; the hub itself keeps nothing, so
/// objects hibernate and wake behind it unnoticed.
/// </summary>
internal sealed class ObjectHub(
    EmbeddedHost host, SocketRegistry registry, SocketTickets tickets, ILogger<ObjectHub> logger) : Hub
{
    public override async Task OnConnectedAsync()
    {
        try
        {
            SocketTicket ticket = tickets.Validate(Context.GetHttpContext() is { } http ? AccessToken.Of(http.Request) : null);
            SocketOpenedTurn turn = new(Context.ConnectionId, new SocketOpening(ticket.Query)) { Caller = ticket.Caller };
            Socket.Ticket = ticket;
            (await host.RunAsync(ticket.Address, turn, CancellationToken.None)).OrThrow();
        }
        catch (Exception error) when (error is not HubException)
        {
            throw Refusal(error);
        }
    }

    /// <summary>Takes a message: one argument, any JSON. Ends when the object's turn has committed; its error is the caller's.</summary>
    [HubMethodName("message")]
    public async Task MessageAsync(RawJson message)
    {
        SocketTicket ticket = Socket.Ticket ?? throw new HubException("The socket is not open.");
        SocketMessage received = new(message.Utf8);
        try
        {
            if (host.Catalogue.Find(ticket.Address.Id)?.Summary.AutoResponse is { } automatic && received.Text == automatic.Request)
            {
                byte[] response = JsonSerializer.SerializeToUtf8Bytes(automatic.Response, ObjectJson.Options);
                Socket.Send(registry.Message("message", [response]));
                return;
            }
            SocketMessageTurn turn = new(Context.ConnectionId, received) { Caller = ticket.Caller };
            (await host.RunAsync(ticket.Address, turn, CancellationToken.None)).OrThrow();
        }
        catch (Exception error)
        {
            throw Refusal(error);
        }
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Socket.Ticket is not { } ticket)
        {
            return;
        }
        SocketClosing closing = exception is null
            ? new SocketClosing(SocketClosing.GoingAway, "the client has gone")
            : new SocketClosing(SocketClosing.AbnormalClosure, "the connection was lost");
        SocketClosedTurn turn = new(Context.ConnectionId, closing) { Caller = ticket.Caller };
        (await host.TellAsync(ticket.Address, turn)).OrThrow();
    }

    /// <summary>
    /// What the client is told. SignalR gives its clients the text of this exception type only. A refusal is between the object
    /// and the client, so only what the host itself got wrong goes into the log, and it goes from here.
    /// </summary>
    private HubException Refusal(Exception error)
    {
        if (error is DurableObjectException)
        {
            return new HubException(error.Message, error);
        }
        logger.SocketTurnFailed(error, Context.ConnectionId);
        return new HubException("The host failed to handle the message; its log says why.", error);
    }

    private ClientSocket Socket => registry.Find(Context.ConnectionId)
        ?? throw new HubException("The connection is gone.");
}
