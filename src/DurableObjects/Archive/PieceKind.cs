namespace DurableObjects.Archive;

/// <summary>What a piece of an archive holds.</summary>
public enum PieceKind
{
    /// <summary>Commits, one after the other.</summary>
    Segment = 1,

    /// <summary>Every page of the database after one commit.</summary>
    Snapshot = 2,
}
