using System.Security.Cryptography;
using DurableObjects.Http;

namespace DurableObjects.Functions.Blobs;

/// <summary>
/// The key that signs socket tickets, which all instances of the app share: a blob, made by whichever needs it first. To change it,
/// delete the blob and restart the app; tickets that are out then are refused, and their clients negotiate again.
/// </summary>
/// <param name="container">Has the blob.</param>
public sealed class TicketKeyBlob(IBlobContainer container) : IDisposable
{
    /// <summary>The blob.</summary>
    public const string BlobName = "keys/socket-tickets";

    private readonly SemaphoreSlim _reading = new(1, 1);
    private byte[]? _key;

    /// <summary>The key. One request in the life of a process, three at most.</summary>
    /// <exception cref="InvalidDataException">The blob does not hold a key.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> GetAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _key) is { } known)
        {
            return known;
        }
        await _reading.WaitAsync(cancellation);
        try
        {
            byte[] key = _key ?? await ReadAsync(cancellation) ?? await CreateAsync(cancellation);
            Volatile.Write(ref _key, key);
            return key;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private async ValueTask<byte[]> CreateAsync(CancellationToken cancellation)
    {
        byte[] key = RandomNumberGenerator.GetBytes(SocketTickets.KeyBytes);
        // Whoever comes second takes the first one's. So does who came first, if the answer was lost and the request repeated.
        return await container.TryCreateAsync(BlobName, key, cancellation)
            ? key
            : await ReadAsync(cancellation)
                ?? throw new InvalidDataException($"The blob {BlobName} was deleted while it was made; try again.");
    }

    private async ValueTask<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        await using IBlob? blob = await container.OpenAsync(BlobName, cancellation);
        if (blob is null)
        {
            return null;
        }
        if (blob.Length != SocketTickets.KeyBytes)
        {
            throw new InvalidDataException(
                $"The blob {BlobName} has {blob.Length:N0} bytes; a key has {SocketTickets.KeyBytes}. Delete it to have one made.");
        }
        byte[] key = new byte[SocketTickets.KeyBytes];
        await blob.ReadAsync(key, 0, cancellation);
        return key;
    }
}
