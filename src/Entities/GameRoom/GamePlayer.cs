namespace DurableObjects.Entities;

/// <summary>A player, as all see him.</summary>
/// <param name="Name">What he calls himself.</param>
/// <param name="BackBy">If he went away: until when his seat is kept. Null while he is there.</param>
/// <param name="WantsRematch">Whether he asks for another game.</param>
public sealed record GamePlayer(string Name, DateTimeOffset? BackBy, bool WantsRematch);
