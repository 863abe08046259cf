namespace DurableObjects.Entities;

/// <summary>How a game came to its end.</summary>
public enum GameEnding
{
    /// <summary>Four in a row.</summary>
    Four,

    /// <summary>The board is full: a draw.</summary>
    Full,

    /// <summary>A turn's time ran out.</summary>
    Timeout,

    /// <summary>A player gave up, or left for good.</summary>
    Resigned,

    /// <summary>A player went away and did not come back in time.</summary>
    Abandoned,
}
