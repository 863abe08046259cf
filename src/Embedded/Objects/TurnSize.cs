using DurableObjects.Turns;

namespace DurableObjects.Embedded.Objects;

/// <summary>The memory that a turn takes while it waits, as far as its sender decides on it.</summary>
internal static class TurnSize
{
    /// <summary>Bytes of a turn without its content: the visit, its task, what the request around it holds.</summary>
    public const int OwnBytes = 1_024;

    /// <summary>Bytes of a turn with its arguments, body or message.</summary>
    public static long Of(Turn turn) => OwnBytes + turn switch
    {
        CallTurn call => call.Arguments.Length,
        SignalTurn signal => signal.Signal.Arguments.Length,
        SocketMessageTurn message => message.Message.Json.Length,
        FetchTurn { Request: { } request } => request.Body.Length
            + sizeof(char) * (request.Path.Length + request.Query.Length + TextOf(request.Headers)),
        SocketOpenedTurn opened => sizeof(char) * TextOf(opened.Opening.Query),
        _ => 0,
    };

    private static long TextOf(IReadOnlyDictionary<string, string> pairs) =>
        pairs.Sum(pair => (long)pair.Key.Length + pair.Value.Length);
}
