namespace DurableObjects.Archive;

/// <summary>Which pieces of an archive nothing needs any more.</summary>
public static class Retention
{
    /// <summary>
    /// Finds the pieces of an object that are not part of its history, and those that no moment since a time needs: what lies before
    /// the newest whole state that is older than it.
    /// </summary>
    /// <param name="store">Has the pieces.</param>
    /// <param name="kept">All pieces of the object that are there.</param>
    /// <param name="position">Where its archive ends; null if it has none.</param>
    /// <param name="horizon">The oldest moment that must stay reachable.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<UnneededPieces> FindUnneededAsync(
        IArchiveStore store, IReadOnlyCollection<PieceName> kept, ArchivePosition? position, DateTimeOffset horizon,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(kept);
        HashSet<PieceName> history = [];
        List<PieceName> expired = [];
        bool isPastBase = false;
        long unknownUpTo = 0;
        for (PieceName? name = position?.Newest; name is not null;)
        {
            await using PieceReader? piece = await PieceReader.OpenAsync(store, name, cancellation);
            if (piece is null)
            {
                // The oldest piece names one that has expired. But with the newest gone, nothing says what belongs to the history.
                if (history.Count == 0)
                {
                    throw new InvalidDataException($"The piece {name} of the archive is missing.");
                }
                unknownUpTo = isPastBase ? 0 : name.To;
                break;
            }
            history.Add(name);
            if (isPastBase)
            {
                expired.Add(name);
            }
            // Every commit in the piece is older, so the state of that moment builds on this base or on a newer one.
            isPastBase |= piece.Header.Summary.CommittedAt <= horizon && piece.Header.Bases.Any();
            name = piece.Header.Predecessor;
        }
        expired.Reverse();
        return new UnneededPieces([.. kept.Where(name => !history.Contains(name) && name.To > unknownUpTo)], expired);
    }
}
