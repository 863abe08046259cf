namespace DurableObjects.DurableEngine.Entities;

/// <summary>A signal's place among those from one entity to another.</summary>
/// <param name="Stamp">Rises with each.</param>
/// <param name="Predecessor">The stamp of the one before it; 0 if the sender remembers none.</param>
public readonly record struct SignalLabel(long Stamp, long Predecessor);
