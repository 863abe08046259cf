namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>game-room</c>. Who plays shows the token of the seat; one that is not of this room is 403
/// <c>wrong-token</c>. What the game does not allow is 409 and changes nothing.
/// </summary>
public interface IGameRoom
{
    /// <summary>Takes a free seat. When both are taken the game begins.</summary>
    /// <param name="player">What he calls himself: 1 to <see cref="GameRoom.NameCharacters"/> characters.</param>
    /// <param name="turnSeconds">
    /// What each turn has: <see cref="GameRoom.MinTurnSeconds"/> to <see cref="GameRoom.MaxTurnSeconds"/>, with up to three decimals; null
    /// for <see cref="GameRoom.DefaultTurnSeconds"/>, or what the first to come has said.
    /// </param>
    /// <returns>The seat with its token, which is told once: repeat a join that may be lost with the same idempotency key.</returns>
    /// <exception cref="DurableObjectException">
    /// Both seats are taken (409 <c>room-full</c>), the other has that name (409 <c>name-taken</c>), or said another time (409
    /// <c>clock-set</c>).
    /// </exception>
    Task<GameTicket> Join(string player, decimal? turnSeconds = null);

    /// <summary>Drops a stone.</summary>
    /// <param name="token">The seat's.</param>
    /// <param name="column">1 to 7, from the left.</param>
    /// <exception cref="DurableObjectException">
    /// No game is on (409 <c>not-playing</c>), it is the other's turn (409 <c>not-your-turn</c>), or the column is full (409
    /// <c>column-full</c>).
    /// </exception>
    Task<GameState> Move(string token, int column);

    /// <summary>Gives the game up; while nobody else has come, the room.</summary>
    /// <exception cref="DurableObjectException">The game is over (409 <c>not-playing</c>).</exception>
    Task<GameState> Resign(string token);

    /// <summary>Asks for another game; it begins when the other does too, with the other who did not begin the last.</summary>
    /// <exception cref="DurableObjectException">The game is not over (409 <c>not-over</c>).</exception>
    Task<GameState> Rematch(string token);

    /// <summary>The room. Read-only.</summary>
    Task<GameState> State();
}
