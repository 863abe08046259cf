using System.Runtime.CompilerServices;
using DurableObjects.Archive;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.Functions.Archive;

/// <summary>An archive in Blob Storage: <c>archive/{class}/{id}/{the rest of the piece's name}</c>.</summary>
/// <param name="container">Has the blobs.</param>
public sealed class BlobArchive(IBlobContainer container) : IArchiveStore
{
    private const string Prefix = "archive/";

    /// <summary>
    /// Writes a piece, whether one of its name is there or not: a piece must be written before each state that names it, even if an
    /// attempt before has written it already. That moves its ETag, so a sweep that has just judged it as named by nothing leaves it.
    /// </summary>
    public ValueTask WriteAsync(PieceName name, Stream content, CancellationToken cancellation) =>
        container.WriteAsync(BlobOf(name), content, cancellation);

    /// <summary>Does nothing: Blob Storage acknowledges a write only when it is durable.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<IArchivePiece?> OpenAsync(PieceName name, CancellationToken cancellation) =>
        await container.OpenAsync(BlobOf(name), cancellation) is { } blob ? new Piece(blob) : null;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PieceName>> ListAsync(string className, ObjectId id, CancellationToken cancellation) =>
        [.. (await ListEntriesAsync(className, id, cancellation)).Select(entry => entry.Name)];

    /// <inheritdoc/>
    public async IAsyncEnumerable<PieceName> ListAllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (ArchiveEntry entry in ListAllEntriesAsync(cancellation))
        {
            yield return entry.Name;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(PieceName name, CancellationToken cancellation) =>
        await container.DeleteAsync(BlobOf(name), null, cancellation);

    /// <summary>Deletes a piece if it is as it was listed; whether it did.</summary>
    public ValueTask<bool> DeleteAsync(ArchiveEntry entry, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return container.DeleteAsync(BlobOf(entry.Name), entry.ETag, cancellation);
    }

    /// <summary>The pieces of one object, oldest first.</summary>
    public async ValueTask<IReadOnlyList<ArchiveEntry>> ListEntriesAsync(
        string className, ObjectId id, CancellationToken cancellation)
    {
        List<ArchiveEntry> entries = [];
        await foreach (ArchiveEntry entry in ListAsync($"{Prefix}{className}/{id}/", cancellation))
        {
            entries.Add(entry);
        }
        return entries;
    }

    /// <summary>The pieces of all objects, those of one object behind each other, oldest first.</summary>
    public IAsyncEnumerable<ArchiveEntry> ListAllEntriesAsync(CancellationToken cancellation) => ListAsync(Prefix, cancellation);

    private static string BlobOf(PieceName name) => Prefix + name;

    /// <summary>What is below the prefix and has not the name of a piece is not ours, and left alone.</summary>
    private async IAsyncEnumerable<ArchiveEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (BlobEntry blob in container.ListAsync(prefix, cancellation))
        {
            if (PieceName.TryParse(blob.Name[Prefix.Length..], out PieceName? name))
            {
                yield return new ArchiveEntry(name, blob.ETag, blob.LastModified, blob.Length);
            }
        }
    }

    private sealed class Piece(IBlob blob) : IArchivePiece
    {
        public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation) =>
            blob.ReadAsync(destination, offset, cancellation);

        public ValueTask DisposeAsync() => blob.DisposeAsync();
    }
}
