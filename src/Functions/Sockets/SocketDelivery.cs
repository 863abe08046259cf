using DurableObjects.Turns;

namespace DurableObjects.Functions.Sockets;

/// <summary>Something that happened on a connection, for the object that its ticket names.</summary>
/// <param name="Address">The object.</param>
/// <param name="Turn">
/// A <see cref="SocketOpenedTurn"/>, <see cref="SocketMessageTurn"/> or <see cref="SocketClosedTurn"/>, with the ticket's caller.
/// </param>
/// <param name="CallId">Deliveries with the same id are one. That of an opening is the same each time it is reported.</param>
/// <param name="Opening">
/// With a message: what the socket would be opened with, for an object that does not know it because the message has overtaken the
/// opening; it is then opened first, under <see cref="SocketCallId.OfOpening"/>, so that the opening itself comes to nothing. Null once
/// the ticket has expired: whom the object does not know by then is not let in by a message.
/// </param>
public sealed record SocketDelivery(ObjectAddress Address, Turn Turn, Guid CallId, SocketOpening? Opening = null);
