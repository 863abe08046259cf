namespace DurableObjects.Entities;

/// <summary>What a player's client sends: one of these.</summary>
/// <param name="Move">The column to play.</param>
/// <param name="Resign">Whether to give up.</param>
/// <param name="Rematch">Whether to ask for another game.</param>
public sealed record GameMessage(int? Move = null, bool Resign = false, bool Rematch = false);
