using DurableObjects.Turns;

namespace DurableObjects.Archive;

/// <summary>How far an object's history has come into its archive.</summary>
/// <param name="Head">The newest archived commit.</param>
/// <param name="Newest">The newest piece; each piece names the one before it.</param>
/// <param name="BytesSinceBase">Bytes of the commits since the newest whole commit or snapshot: what a rebuild has to read.</param>
public sealed record ArchivePosition(Head Head, PieceName Newest, long BytesSinceBase);
