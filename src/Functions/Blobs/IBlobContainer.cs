namespace DurableObjects.Functions.Blobs;

/// <summary>
/// What the host needs of Blob Storage, and nothing else of it: one container. Every failure but the ones named here is an exception,
/// and every write that returned is durable.
/// </summary>
public interface IBlobContainer
{
    /// <summary>Writes a blob, in place of the one of its name if there is one. A reader sees the one or the other, whole.</summary>
    ValueTask WriteAsync(string name, Stream content, CancellationToken cancellation);

    /// <summary>Writes a blob if there is none of its name (<c>If-None-Match: *</c>); whether it did.</summary>
    ValueTask<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Opens a blob for reading; null if it is not there. What is read is one version of it, however it is overwritten.</summary>
    ValueTask<IBlob?> OpenAsync(string name, CancellationToken cancellation);

    /// <summary>The blobs whose names start with a prefix, in the order of their names' UTF-8 bytes.</summary>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>Deletes a blob; with an ETag, only the version that has it. Whether there was one to delete.</summary>
    ValueTask<bool> DeleteAsync(string name, string? ifMatch, CancellationToken cancellation);
}

/// <summary>An open blob, for one read at a time.</summary>
public interface IBlob : IAsyncDisposable
{
    /// <summary>Its bytes in all.</summary>
    long Length { get; }

    /// <summary>Reads until the buffer is full or the blob ends; returns the number of bytes read.</summary>
    /// <exception cref="InvalidDataException">The blob was overwritten or deleted meanwhile.</exception>
    ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation);
}

/// <summary>A blob in a listing.</summary>
/// <param name="Name">Its name in the container.</param>
/// <param name="ETag">Its version.</param>
/// <param name="LastModified">When it was last written, by the storage's clock.</param>
/// <param name="Length">Its bytes.</param>
public sealed record BlobEntry(string Name, string ETag, DateTimeOffset LastModified, long Length);
