namespace DurableObjects.Entities;

/// <summary>Where a game room stands.</summary>
public enum GamePhase
{
    /// <summary>A seat is free.</summary>
    Waiting,

    /// <summary>It is somebody's turn.</summary>
    Playing,

    /// <summary>The game is over; another may follow.</summary>
    Over,
}
