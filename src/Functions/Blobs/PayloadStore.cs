using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DurableObjects.Functions.Blobs;

/// <summary>
/// Keeps what is too large for a queue's message or an entity's state: arguments, answers, what goes to sockets. A payload belongs to
/// an object and is named by its content, <c>payloads/{class}/{id}/{first 16 bytes of SHA-256}</c>, so the same one written twice
/// is one. It is written again before each message and each state that names it, even if it is there: that makes it young again, and
/// the sweep takes only what is old.
/// </summary>
/// <param name="container">Has the blobs.</param>
public sealed class PayloadStore(IBlobContainer container)
{
    /// <summary>
    /// How long a payload is kept after it was last written. What names one is a message, delivered within minutes or given up on, or
    /// a state that waits for an answer to be fetched or a delivery to succeed, which is retried for hours at most. A week is longer
    /// than an outage over a weekend, and the platform's own default for a message in a storage queue.
    /// </summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private const string Prefix = "payloads/";
    private const int HashBytes = 16;

    /// <summary>Writes a payload, in place of itself if it is there. One request up to 8 MiB.</summary>
    /// <param name="className">The object's class.</param>
    /// <param name="id">The object's id.</param>
    /// <param name="content">The payload.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>What names it: <c>{class}/{id}/{hash}</c>, 162 characters at most.</returns>
    public async ValueTask<string> WriteAsync(
        string className, ObjectId id, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(className);
        string reference = $"{className}/{id}/{HashOf(content.Span)}";
        await WriteAsync(reference, content, cancellation);
        return reference;
    }

    /// <summary>Reads a payload. One request up to 64 KiB, else two.</summary>
    /// <exception cref="PayloadMissingException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public async ValueTask<byte[]> ReadAsync(string reference, CancellationToken cancellation)
    {
        string hash = CheckedHash(reference);
        await using IBlob blob = await container.OpenAsync(Prefix + reference, cancellation)
            ?? throw new PayloadMissingException(reference);
        byte[] content = new byte[blob.Length];
        await blob.ReadAsync(content, 0, cancellation);
        return HashOf(content) == hash
            ? content
            : throw new InvalidDataException($"The payload {reference} is damaged: its {content.Length:N0} bytes have another hash.");
    }

    /// <summary>Deletes the payloads of an object that were not written after a time.</summary>
    /// <param name="className">The object's class.</param>
    /// <param name="id">The object's id.</param>
    /// <param name="time">The time.</param>
    /// <param name="kept">What names those that stay, until the sweep takes them.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask DeleteAllAsync(
        string className, ObjectId id, DateTimeOffset time, IReadOnlyCollection<string> kept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(className);
        ArgumentNullException.ThrowIfNull(kept);
        await foreach (BlobEntry blob in container.ListAsync($"{Prefix}{className}/{id}/", cancellation))
        {
            if (blob.LastModified <= time && !kept.Contains(blob.Name[Prefix.Length..]))
            {
                await container.DeleteAsync(blob.Name, blob.ETag, cancellation);
            }
        }
    }

    /// <summary>Deletes the payloads that were last written before a time, unless they are written again meanwhile.</summary>
    /// <returns>How many went.</returns>
    public async ValueTask<long> SweepAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        long deleted = 0;
        await foreach (BlobEntry blob in container.ListAsync(Prefix, cancellation))
        {
            if (blob.LastModified < before && await container.DeleteAsync(blob.Name, blob.ETag, cancellation))
            {
                deleted++;
            }
        }
        return deleted;
    }

    private async ValueTask WriteAsync(string reference, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using MemoryStream stream = MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        await container.WriteAsync(Prefix + reference, stream, cancellation);
    }

    private static string HashOf(ReadOnlySpan<byte> content) =>
        Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, HashBytes));

    /// <summary>The hash that a reference ends with: a reference comes back from outside, and must not lead to another blob.</summary>
    private static string CheckedHash(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        string[] parts = reference.Split('/');
        return parts.Length == 3 && parts[0].Length > 0
            && IsHex(parts[1], 2 * ObjectId.Size) && IsHex(parts[2], 2 * HashBytes)
            ? parts[2]
            : throw new ArgumentException($"'{reference}' does not name a payload.", nameof(reference));
    }

    private static bool IsHex(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigitLower);
}
