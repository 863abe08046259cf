namespace DurableObjects.Entities;

/// <summary>A seat, and what proves that it is his who has it.</summary>
/// <param name="Seat">The seat.</param>
/// <param name="Token">The secret to play with and to come back with. It is told once.</param>
/// <param name="State">The room with the player in it.</param>
public sealed record GameTicket(GameSeat Seat, string Token, GameState State);
