using DurableObjects.Turns;

namespace DurableObjects.Functions.Sockets;

/// <summary>
/// What a turn's outcome means at SignalR Service. A send to all sockets of the object becomes one send to its group, which costs one
/// request instead of one for each socket; everything else keeps the ids that the object named.
/// </summary>
/// <remarks>
/// The group is not the object's list of sockets, so a send may go to it only where the two cannot differ:
/// <list type="bullet">
/// <item>A turn that closes a socket sends by ids. What it sent before the close was meant for one more socket than the object has
/// after it, and what it sent to two of three of which it closed one would have the right count and the wrong receivers. Without a
/// close a turn's sockets are the same from its handler's start to its end (an opened one is there before, a lost one gone before),
/// so that as many ids as sockets are all of them.</item>
/// <item>A socket that the object refused never joins: its turn failed or closed it.</item>
/// <item>A socket whose turn has not committed has not joined: the join is an effect of that turn, in front of its sends.</item>
/// <item>A socket that cannot be made to join would miss what goes to the group, and one that cannot be closed would go on hearing it.
/// The relay closes the former, and leaves both out of what it sends to the group until they are closed.</item>
/// <item>Connections that broke leave the group by themselves, before the object hears of it.</item>
/// </list>
/// </remarks>
public static class RelayEffects
{
    /// <summary>The effects in the order in which they must happen; none for most turns.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="outcome">What came out of it, failed or not.</param>
    public static IReadOnlyList<RelayEffect> Of(Turn turn, TurnOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(outcome);
        SocketOpenedTurn? opened = turn as SocketOpenedTurn;
        if (opened is not null && outcome.Answer.Error is { } refusal)
        {
            return [new RelayClose(opened.SocketId, refusal.Detail)];
        }
        // The object never came to know the socket, so nobody else would ever close it.
        if (turn is AbandonedTurn { Turn: SocketOpenedTurn abandoned, Reason: { } reason })
        {
            return [new RelayClose(abandoned.SocketId, reason.Detail)];
        }
        HashSet<string> closed =
            [.. outcome.SocketEffects.OfType<SocketClose>().Select(close => close.SocketId)];
        string? newcomer = opened is not null && !closed.Contains(opened.SocketId) ? opened.SocketId : null;
        int members = closed.Count == 0 ? outcome.Summary.Sockets : 0;
        List<RelayEffect> effects = [];
        if (newcomer is not null)
        {
            effects.Add(new RelayJoin(newcomer));
        }
        effects.AddRange(outcome.SocketEffects.Select(effect => effect switch
        {
            SocketSend send => Of(send, members, newcomer),
            SocketClose close => new RelayClose(close.SocketId, close.Closing.Reason),
            _ => throw new NotSupportedException($"The socket effect {effect.GetType().Name} has no meaning at SignalR Service."),
        }));
        return effects;
    }

    private static RelayEffect Of(SocketSend send, int members, string? newcomer)
    {
        int receivers = send.SocketIds.Count;
        if (receivers > 1 && receivers == members)
        {
            return new RelayGroupSend([], send.Target, send.Arguments);
        }
        // Telling the others of a newcomer is what rooms do all day.
        return receivers > 1 && receivers == members - 1 && newcomer is not null && !send.SocketIds.Contains(newcomer)
            ? new RelayGroupSend([newcomer], send.Target, send.Arguments)
            : new RelaySend(send.SocketIds, send.Target, send.Arguments);
    }
}
