namespace DurableObjects.Entities;

/// <summary>What <c>seat</c> carries: the first that a player's client hears.</summary>
/// <param name="Seat">Which seat is his.</param>
/// <param name="Name">Under which name.</param>
public sealed record GameWelcome(GameSeat Seat, string Name);
