using DurableObjects.Turns;

namespace DurableObjects.Diagnostics;

/// <summary>What a turn was about, for counting.</summary>
public enum TurnKind
{
    /// <summary>A call of a method.</summary>
    Call,

    /// <summary>A whole HTTP request.</summary>
    Fetch,

    /// <summary>The alarm.</summary>
    Alarm,

    /// <summary>A socket opened, said something, or is gone.</summary>
    Socket,

    /// <summary>A signal, from an object or one-way from outside, or its retry.</summary>
    Signal,

    /// <summary>A call of a read-only method on a reader.</summary>
    Read,

    /// <summary>What the runtime and administrators do: acknowledgements, inspections, ends of objects, a clock turn too early.</summary>
    Housekeeping,
}

/// <summary>Kinds of turns and their names.</summary>
internal static class TurnKinds
{
    /// <summary>Every kind's name, at its own index: lower case, as in tags and labels.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<TurnKind>().Select(name => name.ToLowerInvariant())];

    /// <summary>
    /// The kind of a turn before it runs. A clock turn is taken for the alarm's; it finds out by itself when it is about a signal.
    /// </summary>
    public static TurnKind Of(Turn turn) => turn switch
    {
        CallTurn => TurnKind.Call,
        FetchTurn => TurnKind.Fetch,
        ClockTurn => TurnKind.Alarm,
        SocketOpenedTurn or SocketMessageTurn or SocketClosedTurn or SocketsLostTurn => TurnKind.Socket,
        SignalTurn => TurnKind.Signal,
        _ => TurnKind.Housekeeping,
    };
}
