using System.Text.Json;
using DurableObjects.Http;
using DurableObjects.Turns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// Makes turns of what SignalR Service reports. Reports come over HTTP from whoever has the URL and its key, and of a connection by
/// identity nothing else is checked on the way; so only the ticket is believed, which this app has signed, and which names the object and
/// the caller.
/// </summary>
/// <remarks>
/// A connection is opened while its ticket lasts, as the client had to negotiate anew otherwise. Later reports carry the same ticket,
/// perhaps after hours; then its signature still says which object it was for, and whether the connection was ever opened is what the
/// object knows: a message of a connection that the object does not know comes to nothing, as does its end. Somebody with an old ticket
/// can therefore do no more than speak on a connection that is open to the very object of the ticket and whose id, known to its client
/// and the service alone, he knows.
/// </remarks>
public sealed partial class SocketEvents
{
    private readonly SocketTickets _tickets;
    private readonly IObjectDelivery _delivery;
    private readonly ISignalRService? _service;
    private readonly TimeProvider _clock;
    private readonly ILogger<SocketEvents> _logger;

    internal SocketEvents(
        SocketTickets tickets, IObjectDelivery delivery, ISignalRService? service, TimeProvider clock, ILogger<SocketEvents> logger)
    {
        _tickets = tickets;
        _delivery = delivery;
        _service = service;
        _clock = clock;
        _logger = logger;
    }

    /// <summary>A client has connected. If its object refuses it, that turn's effects close the connection.</summary>
    public async Task ConnectedAsync(SignalRInvocationContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        string socketId = ConnectionOf(context);
        if (await TicketAsync(context, socketId, _tickets.Validate, cancellation) is not { } ticket)
        {
            return;
        }
        SocketOpenedTurn turn = new(socketId, new SocketOpening(ticket.Query)) { Caller = ticket.Caller };
        await _delivery.SendAsync(
            new SocketDelivery(ticket.Address, turn, SocketCallId.OfOpening(socketId)), cancellation);
    }

    /// <summary>A client has sent a message. Ends when the object's turn has committed.</summary>
    /// <exception cref="SocketRefusedException">The client's <c>invoke()</c> is to fail with this text.</exception>
    public async Task MessageAsync(SignalRInvocationContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        string socketId = ConnectionOf(context);
        SocketTicket ticket = await TicketAsync(context, socketId, _tickets.Identify, cancellation)
            ?? throw new SocketRefusedException("The socket is not open.");
        SocketMessage message = new(Argument(context));
        try
        {
            if (await AnswerAsync(ticket.Address, socketId, message, cancellation))
            {
                return;
            }
            SocketMessageTurn turn = new(socketId, message) { Caller = ticket.Caller };
            SocketOpening? opening = _clock.GetUtcNow() < ticket.ExpiresAt ? new SocketOpening(ticket.Query) : null;
            // The message's id is new each time: the service does not say which of two messages of one text is a repetition.
            SocketDelivery delivery = new(ticket.Address, turn, Guid.CreateVersion7(_clock.GetUtcNow()), opening);
            (await _delivery.CallAsync(delivery, cancellation)).OrThrow();
        }
        catch (DurableObjectException error)
        {
            throw new SocketRefusedException(error.Message, error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            MessageFailed(error, socketId, ticket.Address.ToString());
            throw new SocketRefusedException("The host failed to handle the message; its log says why.", error);
        }
    }

    /// <summary>A connection is gone.</summary>
    public async Task DisconnectedAsync(SignalRInvocationContext context, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(context);
        string socketId = ConnectionOf(context);
        SocketTicket ticket;
        try
        {
            ticket = _tickets.Identify(TicketOf(context));
        }
        catch (DurableObjectException error)
        {
            Refused(context.Event, socketId, error.Message);
            return;
        }
        SocketClosing closing = string.IsNullOrEmpty(context.Error)
            ? new SocketClosing(SocketClosing.GoingAway, "the client has gone")
            : new SocketClosing(SocketClosing.AbnormalClosure, "the connection was lost");
        SocketClosedTurn turn = new(socketId, closing) { Caller = ticket.Caller };
        await _delivery.SendAsync(
            new SocketDelivery(ticket.Address, turn, SocketCallId.OfClosing(socketId)), cancellation);
    }

    /// <summary>An id of the service's making has letters, digits, hyphen and underscore; what has not is forged, and unfit for a log.</summary>
    private static string ConnectionOf(SignalRInvocationContext context) =>
        context.ConnectionId is { Length: > 0 and <= 256 } id and not ("." or "..")
        && id.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '=' or '.' or '+' or '/')
            ? id
            : throw new SocketRefusedException("The connection's id is not one of SignalR Service.");

    private static string? TicketOf(SignalRInvocationContext context) =>
        context.Claims is { } claims && claims.TryGetValue(SocketHub.TicketClaim, out StringValues values) && values.Count == 1
            ? values[0]
            : null;

    /// <summary>The message as JSON. Like a hub's method, one with any other number of arguments fails and nothing else happens.</summary>
    private static byte[] Argument(SignalRInvocationContext context) => context.Arguments is [var argument]
        ? JsonSerializer.SerializeToUtf8Bytes(argument, ObjectJson.Options)
        : throw new SocketRefusedException($"A message has one argument; this has {context.Arguments?.Length ?? 0}.");

    /// <summary>What the ticket says; null once the connection has been closed because the ticket is none.</summary>
    private async Task<SocketTicket?> TicketAsync(
        SignalRInvocationContext context, string socketId, Func<string?, SocketTicket> read, CancellationToken cancellation)
    {
        try
        {
            return read(TicketOf(context));
        }
        catch (DurableObjectException error)
        {
            Refused(context.Event, socketId, error.Message);
            await CloseAsync(socketId, error.Message, cancellation);
            return null;
        }
    }

    private async Task CloseAsync(string socketId, string reason, CancellationToken cancellation)
    {
        try
        {
            await (_service?.CloseAsync(socketId, reason, cancellation) ?? Task.FromResult(false));
        }
        catch (SignalRFailedException error)
        {
            NotClosed(error, socketId);
        }
    }

    /// <summary>Answers in the object's place, if it has asked for that.</summary>
    private async Task<bool> AnswerAsync(
        ObjectAddress address, string socketId, SocketMessage message, CancellationToken cancellation)
    {
        // JSON takes six bytes at most for what UTF-16 counts as a character, and two for the quotes.
        if (_service is null || message.Json.Length > 2 + 6 * Limits.AutoResponseCharacters
            || message.Text is not { Length: > 0 and <= Limits.AutoResponseCharacters } text
            || await _delivery.AutoResponseAsync(address, cancellation) is not { } automatic || automatic.Request != text)
        {
            return false;
        }
        byte[] response = JsonSerializer.SerializeToUtf8Bytes(automatic.Response, ObjectJson.Options);
        try
        {
            await _service.SendAsync(socketId, new SignalRMessage(SocketHub.Message, [response]), cancellation);
        }
        catch (SignalRFailedException error)
        {
            NotAnswered(error, socketId, address.ToString());
        }
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "The report '{Event}' of the connection {SocketId} is refused: {Reason}")]
    private partial void Refused(string @event, string socketId, string reason);

    [LoggerMessage(2, LogLevel.Error, "The refused connection {SocketId} could not be closed.")]
    private partial void NotClosed(Exception error, string socketId);

    [LoggerMessage(3, LogLevel.Error, "The automatic answer of {Object} could not be sent to {SocketId}.")]
    private partial void NotAnswered(Exception error, string socketId, string @object);

    [LoggerMessage(4, LogLevel.Error, "A message of the connection {SocketId} to {Object} was not handled.")]
    private partial void MessageFailed(Exception error, string socketId, string @object);
}
