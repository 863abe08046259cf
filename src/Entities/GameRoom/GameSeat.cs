namespace DurableObjects.Entities;

/// <summary>A seat of a game room.</summary>
public enum GameSeat
{
    /// <summary>Begins the first game.</summary>
    Red,

    /// <summary>The other.</summary>
    Yellow,
}
