using DurableObjects.Archive;

namespace DurableObjects.Functions.Archive;

/// <summary>Knows what the objects' states name.</summary>
public interface IArchivePositions
{
    /// <summary>
    /// The committed state of an object as far as its archive goes; null if the object has no state. What a state names that was
    /// committed before the question is in the answer.
    /// </summary>
    /// <exception cref="InvalidDataException">The state cannot be read.</exception>
    ValueTask<ArchiveState?> FindAsync(string className, ObjectId id, CancellationToken cancellation);
}

/// <summary>What an object's state says of its archive.</summary>
/// <param name="Position">Where the archive ends; null if the state names no piece.</param>
public sealed record ArchiveState(ArchivePosition? Position);
