using System.Security.Cryptography;
using DurableObjects.Functions.Blobs;
using DurableObjects.Functions.Wire;

namespace DurableObjects.Functions.Objects;

/// <summary>
/// Automatic answers that are too long for an entity's state: <c>automatic/{class}/{id}/{hash}</c>. An object has one at a time, and it
/// stays for as long as the object may return to it, so only a purge deletes them.
/// </summary>
/// <param name="container">Has the blobs.</param>
public sealed class AutoResponseBlobs(IBlobContainer container)
{
    /// <summary>Characters of the question and the answer up to which they stand in the state.</summary>
    public const int InlineCharacters = 256;

    private const string Prefix = "automatic/";

    /// <summary>Writes an answer; returns what names it.</summary>
    public async ValueTask<string> WriteAsync(
        string className, ObjectId id, AutoResponse response, CancellationToken cancellation)
    {
        byte[] content = WireJson.Pack(response);
        string reference = ReferenceOf(className, id, content);
        using MemoryStream stream = new(content);
        await container.WriteAsync(Prefix + reference, stream, cancellation);
        return reference;
    }

    /// <summary>What names an answer, written or not.</summary>
    public static string ReferenceOf(string className, ObjectId id, AutoResponse response) =>
        ReferenceOf(className, id, WireJson.Pack(response));

    /// <summary>Reads an answer.</summary>
    /// <exception cref="InvalidDataException">It is not there.</exception>
    public async ValueTask<AutoResponse> ReadAsync(string reference, CancellationToken cancellation)
    {
        await using IBlob blob = await container.OpenAsync(Prefix + reference, cancellation)
            ?? throw new InvalidDataException($"The automatic answer {reference} is missing.");
        byte[] content = new byte[blob.Length];
        await blob.ReadAsync(content, 0, cancellation);
        return WireJson.Unpack<AutoResponse>(content);
    }

    /// <summary>Deletes those of an object that were not written after a time.</summary>
    public async ValueTask DeleteAllAsync(string className, ObjectId id, DateTimeOffset time, CancellationToken cancellation)
    {
        await foreach (BlobEntry blob in container.ListAsync($"{Prefix}{className}/{id}/", cancellation))
        {
            if (blob.LastModified <= time)
            {
                await container.DeleteAsync(blob.Name, blob.ETag, cancellation);
            }
        }
    }

    private static string ReferenceOf(string className, ObjectId id, byte[] content) =>
        $"{className}/{id}/{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}";
}
