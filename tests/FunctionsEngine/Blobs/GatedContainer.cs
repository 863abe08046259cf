using System.Runtime.CompilerServices;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.FunctionsEngine.Blobs;

/// <summary>A point of a request at which something may happen to the one who makes it.</summary>
/// <param name="operation">The request.</param>
/// <param name="name">The blob's name, or the prefix of a listing.</param>
/// <param name="isDone">Whether it has taken effect.</param>
public delegate ValueTask BlobGate(BlobOperation operation, string name, bool isDone);

/// <summary>One worker's way to the storage that all share: each of its requests passes a gate before and after it takes effect.</summary>
/// <param name="storage">The storage.</param>
/// <param name="gate">The gate.</param>
public sealed class GatedContainer(IBlobContainer storage, BlobGate gate) : IBlobContainer
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(string name, Stream content, CancellationToken cancellation)
    {
        await gate(BlobOperation.Write, name, false);
        await storage.WriteAsync(name, content, cancellation);
        await gate(BlobOperation.Write, name, true);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await gate(BlobOperation.Create, name, false);
        bool created = await storage.TryCreateAsync(name, content, cancellation);
        await gate(BlobOperation.Create, name, true);
        return created;
    }

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenAsync(string name, CancellationToken cancellation)
    {
        await gate(BlobOperation.Open, name, false);
        return await storage.OpenAsync(name, cancellation) is { } blob ? new GatedBlob(name, blob, gate) : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await gate(BlobOperation.List, prefix, false);
        await foreach (BlobEntry entry in storage.ListAsync(prefix, cancellation))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, string? ifMatch, CancellationToken cancellation)
    {
        await gate(BlobOperation.Delete, name, false);
        bool deleted = await storage.DeleteAsync(name, ifMatch, cancellation);
        await gate(BlobOperation.Delete, name, true);
        return deleted;
    }

    private sealed class GatedBlob(string name, IBlob blob, BlobGate gate) : IBlob
    {
        public long Length => blob.Length;

        public async ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation)
        {
            await gate(BlobOperation.Read, name, false);
            return await blob.ReadAsync(destination, offset, cancellation);
        }

        public ValueTask DisposeAsync() => blob.DisposeAsync();
    }
}
