using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace DurableObjects.Functions.Blobs;

/// <summary>
/// A container of Azure Blob Storage (or Azurite), with a flat namespace. What fails in passing is tried again by the client, as
/// <see cref="BlobContainerFactory"/> has set it; what reaches the caller has failed for good. A request that was repeated may find what
/// its first attempt did: then <see cref="TryCreateAsync"/> and <see cref="DeleteAsync"/> say false of their own work.
/// </summary>
/// <param name="client">The container.</param>
/// <param name="createsContainer">Whether the container is made if it is not there; else its absence is an error.</param>
public sealed class AzureBlobContainer(BlobContainerClient client, bool createsContainer = false) : IBlobContainer
{
    /// <summary>
    /// Bytes that are written in one request; what is larger goes up in blocks of this size, and one request more that makes them a
    /// blob. The largest payload fits. Two blocks are on their way at once, and held in memory if the content cannot be read twice.
    /// </summary>
    public const int BlockBytes = 8 * 1_024 * 1_024;

    private static readonly StorageTransferOptions Transfer = new()
    {
        // Content of this length would already go up in blocks.
        InitialTransferSize = BlockBytes + 1,
        MaximumTransferSize = BlockBytes,
        MaximumConcurrency = 2,
    };

    private bool _isThere = !createsContainer;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string name, Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        await ReadyAsync(cancellation);
        await client.GetBlobClient(name).UploadAsync(content, new BlobUploadOptions { TransferOptions = Transfer }, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await ReadyAsync(cancellation);
        try
        {
            await client.GetBlobClient(name).UploadAsync(
                new BinaryData(content),
                new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } },
                cancellation);
            return true;
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.BlobAlreadyExists || IsConditionNotMet(error))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenAsync(string name, CancellationToken cancellation)
    {
        await ReadyAsync(cancellation);
        BlobClient blob = client.GetBlobClient(name);
        try
        {
            // No HEAD before it: the answer says how long the blob is and which version this is of.
            BlobDownloadResult first = await blob.DownloadContentAsync(
                new BlobDownloadOptions { Range = new HttpRange(0, BlobReader.FirstBytes) }, cancellation);
            ETag version = first.Details.ETag;
            return new BlobReader(
                LengthOf(name, first), first.Content.ToMemory(),
                (destination, offset, token) => FetchAsync(blob, version, destination, offset, token));
        }
        catch (RequestFailedException error) when (IsBlobMissing(error))
        {
            return null;
        }
        catch (RequestFailedException error) when (error.ErrorCode == BlobErrorCode.InvalidRange)
        {
            // Only of an empty blob is there no first byte.
            return new BlobReader(0, ReadOnlyMemory<byte>.Empty, (_, _, _) => ValueTask.CompletedTask);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await ReadyAsync(cancellation);
        await foreach (BlobItem item in client.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellation))
        {
            BlobItemProperties properties = item.Properties;
            if (properties.ETag is not { } version || properties.LastModified is not { } modified)
            {
                throw new InvalidDataException($"Blob Storage lists {item.Name} without its ETag or its time.");
            }
            yield return new BlobEntry(item.Name, version.ToString(), modified, properties.ContentLength ?? 0);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, string? ifMatch, CancellationToken cancellation)
    {
        await ReadyAsync(cancellation);
        try
        {
            await client.GetBlobClient(name).DeleteAsync(
                DeleteSnapshotsOption.None, ifMatch is null ? null : new BlobRequestConditions { IfMatch = new ETag(ifMatch) },
                cancellation);
            return true;
        }
        catch (RequestFailedException error) when (IsBlobMissing(error) || IsConditionNotMet(error))
        {
            return false;
        }
    }

    private static async ValueTask FetchAsync(
        BlobClient blob, ETag version, Memory<byte> destination, long offset, CancellationToken cancellation)
    {
        try
        {
            using BlobDownloadStreamingResult result = await blob.DownloadStreamingAsync(
                new BlobDownloadOptions
                {
                    Range = new HttpRange(offset, destination.Length),
                    Conditions = new BlobRequestConditions { IfMatch = version },
                },
                cancellation);
            await result.Content.ReadExactlyAsync(destination, cancellation);
        }
        catch (RequestFailedException error) when (IsBlobMissing(error) || IsConditionNotMet(error))
        {
            throw new InvalidDataException($"The blob {blob.Name} was overwritten or deleted while it was read.", error);
        }
    }

    /// <summary>The length behind the slash of <c>bytes 0-65535/1234567</c>.</summary>
    private static long LengthOf(string name, BlobDownloadResult first)
    {
        string? range = first.Details.ContentRange;
        if (string.IsNullOrEmpty(range))
        {
            return first.Details.ContentLength;
        }
        return long.TryParse(range.AsSpan(range.IndexOf('/', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture, out long length)
            ? length
            : throw new InvalidDataException($"Blob Storage answers for {name} with the range '{range}'.");
    }

    /// <summary>A container that is not there is 404 as well, but that is no answer about a blob.</summary>
    private static bool IsBlobMissing(RequestFailedException error) => error.ErrorCode == BlobErrorCode.BlobNotFound;

    private static bool IsConditionNotMet(RequestFailedException error) => error.ErrorCode == BlobErrorCode.ConditionNotMet;

    private async ValueTask ReadyAsync(CancellationToken cancellation)
    {
        if (!Volatile.Read(ref _isThere))
        {
            await client.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: cancellation);
            Volatile.Write(ref _isThere, true);
        }
    }
}
