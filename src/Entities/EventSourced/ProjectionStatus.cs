namespace DurableObjects.Entities;

/// <summary>How far an object's projections have come.</summary>
/// <param name="LastEvent">The position of the newest event; 0 if there is none.</param>
/// <param name="Projected">
/// The position up to which the projections hold what happened: <paramref name="LastEvent"/>, unless they are being made anew.
/// </param>
/// <param name="Rebuilding">Whether they are being made anew.</param>
/// <param name="Readable">Whether they can be read meanwhile: always, unless they are made anew because the class has changed.</param>
public sealed record ProjectionStatus(long LastEvent, long Projected, bool Rebuilding, bool Readable);
