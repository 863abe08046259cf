namespace DurableObjects.Archive;

/// <summary>
/// Where pieces are kept: a folder, or Blob Storage. A piece is written whole and never changed; a piece that is not there is
/// nothing, so what was cut short while it was written must not be found under its name.
/// </summary>
public interface IArchiveStore
{
    /// <summary>Writes a piece, in place of the one of its name if there is one. It survives a crash from <see cref="FlushAsync"/> on.</summary>
    ValueTask WriteAsync(PieceName name, Stream content, CancellationToken cancellation);

    /// <summary>Makes every piece that was written durable.</summary>
    ValueTask FlushAsync(CancellationToken cancellation);

    /// <summary>Opens a piece; null if it is not there.</summary>
    ValueTask<IArchivePiece?> OpenAsync(PieceName name, CancellationToken cancellation);

    /// <summary>The pieces of one object, in no order.</summary>
    ValueTask<IReadOnlyList<PieceName>> ListAsync(string className, ObjectId id, CancellationToken cancellation);

    /// <summary>The pieces of all objects, those of one object behind each other. Not while pieces are written.</summary>
    IAsyncEnumerable<PieceName> ListAllAsync(CancellationToken cancellation);

    /// <summary>Deletes a piece, if it is there.</summary>
    ValueTask DeleteAsync(PieceName name, CancellationToken cancellation);
}

/// <summary>An open piece.</summary>
public interface IArchivePiece : IAsyncDisposable
{
    /// <summary>Reads until the buffer is full or the piece ends; returns the number of bytes read.</summary>
    ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation);
}
