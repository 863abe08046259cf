namespace DurableObjects.Entities;

/// <summary>A move as it was made.</summary>
/// <param name="Seat">Whose.</param>
/// <param name="Column">1 to <see cref="ConnectFour.Columns"/>, from the left.</param>
/// <param name="Row">1 to <see cref="ConnectFour.Rows"/>, from the bottom.</param>
public sealed record GameMove(GameSeat Seat, int Column, int Row);
