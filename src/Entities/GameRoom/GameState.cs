namespace DurableObjects.Entities;

/// <summary>All that there is to see of a game room: the same for players and spectators.</summary>
/// <param name="Version">Grows with each change, so that of two states the newer can be told.</param>
/// <param name="Phase">Where the room stands.</param>
/// <param name="Game">1 for the first game between these two, 0 before it.</param>
/// <param name="Board">The rows, the top one first: <c>r</c>, <c>y</c> or <c>.</c> for each column.</param>
/// <param name="Turn">Whose turn it is; null unless playing.</param>
/// <param name="TurnSeconds">What a turn has, in seconds.</param>
/// <param name="TurnEndsAt">When the turn's time is up; null unless playing.</param>
/// <param name="Red">Who sits there, or null.</param>
/// <param name="Yellow">Who sits there, or null.</param>
/// <param name="LastMove">The last move of this game, or null.</param>
/// <param name="Winner">Who won; null before the end and after a draw.</param>
/// <param name="Ending">How the game ended, or null.</param>
/// <param name="ClosesAt">When the room closes if nothing happens; null while playing.</param>
public sealed record GameState(
    long Version, GamePhase Phase, int Game, IReadOnlyList<string> Board, GameSeat? Turn, decimal TurnSeconds, DateTimeOffset? TurnEndsAt,
    GamePlayer? Red, GamePlayer? Yellow, GameMove? LastMove, GameSeat? Winner, GameEnding? Ending, DateTimeOffset? ClosesAt);
