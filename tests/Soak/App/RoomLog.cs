namespace DurableObjects.Soak;

/// <summary>What a <see cref="Room"/> holds at one moment.</summary>
/// <param name="Run">The run of the process that says so.</param>
/// <param name="MessagesHash">The sum of the messages that the checker knows.</param>
/// <param name="Messages">Those behind them.</param>
/// <param name="PresenceHash">The sum of the comings and goings that the checker knows.</param>
/// <param name="Presence">Those behind them.</param>
public sealed record RoomLog(
    string Run, string MessagesHash, IReadOnlyList<MessageRow> Messages, string PresenceHash, IReadOnlyList<PresenceRow> Presence);

/// <summary>A message.</summary>
/// <param name="N">Its number, from 1.</param>
/// <param name="Id">What was sent, which is an id.</param>
public sealed record MessageRow(long N, string Id);

/// <summary>A socket that came or went.</summary>
/// <param name="N">The number of the event, from 1.</param>
/// <param name="Socket">The socket's id.</param>
/// <param name="Event"><c>opened</c> or <c>closed</c>.</param>
/// <param name="Run">The run of the process in which it did.</param>
public sealed record PresenceRow(long N, string Socket, string Event, string Run);
