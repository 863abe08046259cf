using System.Net;
using Azure;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>What Blob Storage is asked for, request by request, since each is paid for; and what becomes of requests that fail.</summary>
[Collection(StorageCollection.Name)]
public sealed class AzureBlobContainerTests(StorageFixture storages) : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly RequestLog _log = new();

    public void Dispose() => _log.Dispose();

    [AzuriteFact]
    public async Task A_small_blob_is_read_by_one_request()
    {
        AzureBlobContainer container = await NewAsync();
        foreach (int length in new[] { 1, 1_000, BlobReader.FirstBytes })
        {
            await WriteAsync(container, "a", length);
            _log.Take();
            await ReadAsync(container, "a");
            Assert.Equal(["GET"], _log.Take());
        }
    }

    [AzuriteFact]
    public async Task A_blob_of_up_to_a_window_more_is_read_by_two_however_it_is_read()
    {
        AzureBlobContainer container = await NewAsync();
        const int Length = BlobReader.FirstBytes + BlobReader.WindowBytes;
        await WriteAsync(container, "a", Length);
        _log.Take();
        await using (IBlob blob = (await container.OpenAsync("a", None))!)
        {
            for (int offset = Length - 100_000; offset >= 0; offset -= 100_000)
            {
                await blob.ReadAsync(new byte[100_000], offset, None);
            }
        }
        Assert.Equal(["GET", "GET"], _log.Take());
        await ReadAsync(container, "a");
        Assert.Equal(["GET", "GET"], _log.Take());
    }

    [AzuriteFact]
    public async Task A_large_blob_is_read_by_one_request_for_each_window()
    {
        AzureBlobContainer container = await NewAsync();
        const int Length = BlobReader.FirstBytes + (3 * BlobReader.WindowBytes);
        await WriteAsync(container, "a", Length);
        _log.Take();
        await using (IBlob blob = (await container.OpenAsync("a", None))!)
        {
            byte[] part = new byte[250_000];
            for (int offset = 0; offset < Length; offset += part.Length)
            {
                await blob.ReadAsync(part, offset, None);
            }
        }
        Assert.Equal(4, _log.Take().Count);
    }

    [AzuriteFact]
    public async Task Everything_else_is_one_request_too()
    {
        AzureBlobContainer container = await NewAsync();
        await WriteAsync(container, "a", AzureBlobContainer.BlockBytes);
        Assert.Equal(["PUT"], _log.Take());
        await container.TryCreateAsync("b", new byte[32], None);
        Assert.Equal(["PUT"], _log.Take());
        await container.TryCreateAsync("b", new byte[32], None);
        Assert.Equal(["PUT"], _log.Take());
        await container.OpenAsync("c", None);
        Assert.Equal(["GET"], _log.Take());
        await foreach (BlobEntry entry in container.ListAsync("", None))
        {
            Assert.NotEmpty(entry.ETag);
        }
        Assert.Equal(["GET list"], _log.Take());
        await container.DeleteAsync("a", null, None);
        await container.DeleteAsync("a", null, None);
        Assert.Equal(["DELETE", "DELETE"], _log.Take());
    }

    [AzuriteFact]
    public async Task What_is_larger_than_a_block_goes_up_in_blocks()
    {
        AzureBlobContainer container = await NewAsync();
        await WriteAsync(container, "a", (2 * AzureBlobContainer.BlockBytes) + 1);
        Assert.Equal(["PUT block", "PUT block", "PUT block", "PUT blocklist"], _log.Take());
    }

    [AzuriteFact]
    public async Task A_failure_in_passing_is_tried_again()
    {
        AzureBlobContainer container = await NewAsync();
        int failures = 2;
        _log.Before = () => failures-- > 0 ? HttpStatusCode.ServiceUnavailable : null;
        await WriteAsync(container, "a", 10);
        Assert.Equal(["PUT", "PUT", "PUT"], _log.Take());
        failures = 1;
        Assert.Equal(10, (await ReadAsync(container, "a"))!.Length);
        Assert.Equal(["GET", "GET"], _log.Take());
    }

    [AzuriteFact]
    public async Task A_failure_that_lasts_is_an_exception()
    {
        AzureBlobContainer container = await NewAsync();
        await WriteAsync(container, "a", 10);
        _log.Take();
        _log.Before = () => HttpStatusCode.ServiceUnavailable;
        await Assert.ThrowsAsync<RequestFailedException>(async () => await container.OpenAsync("a", None));
        Assert.Equal(1 + BlobContainerFactory.MaxRetries, _log.Take().Count);
        _log.Before = () => HttpStatusCode.Forbidden;
        await Assert.ThrowsAsync<RequestFailedException>(async () => await container.OpenAsync("a", None));
        await Assert.ThrowsAsync<RequestFailedException>(async () => await container.DeleteAsync("a", null, None));
        await Assert.ThrowsAsync<RequestFailedException>(async () => await WriteAsync(container, "a", 10));
        Assert.Equal(3, _log.Take().Count);
    }

    [AzuriteFact]
    public async Task A_creation_whose_answer_was_lost_says_false_and_has_created()
    {
        AzureBlobContainer container = await NewAsync();
        bool isLost = false;
        _log.After = () =>
        {
            if (!isLost)
            {
                isLost = true;
                throw new IOException("The connection broke.");
            }
        };
        Assert.False(await container.TryCreateAsync("a", new byte[] { 1, 2, 3 }, None));
        Assert.Equal([1, 2, 3], await ReadAsync(container, "a") ?? []);
    }

    [AzuriteFact]
    public async Task A_container_that_is_missing_is_an_error_unless_it_may_be_made()
    {
        BlobContainerClient client = await storages.NewClientAsync(Options());
        AzureBlobContainer container = new(client);
        foreach (Func<Task> use in new Func<Task>[]
        {
            async () => await container.OpenAsync("a", None),
            async () => await container.DeleteAsync("a", null, None),
            async () => await container.TryCreateAsync("a", new byte[1], None),
            async () => await WriteAsync(container, "a", 1),
        })
        {
            RequestFailedException error = await Assert.ThrowsAsync<RequestFailedException>(use);
            Assert.Equal(BlobErrorCode.ContainerNotFound, error.ErrorCode);
        }
        Assert.Null(await new AzureBlobContainer(client, createsContainer: true).OpenAsync("a", None));
        await WriteAsync(container, "a", 1);
    }

    private async Task<AzureBlobContainer> NewAsync()
    {
        BlobContainerClient client = await storages.NewClientAsync(Options());
        await client.CreateAsync();
        _log.Take();
        return new AzureBlobContainer(client);
    }

    /// <summary>The app's own options but for the waits between attempts.</summary>
    private BlobClientOptions Options()
    {
        BlobClientOptions options = BlobContainerFactory.ClientOptions();
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(1);
        options.Transport = new HttpClientTransport(_log);
        return options;
    }

    private static async Task WriteAsync(AzureBlobContainer container, string name, int length)
    {
        using MemoryStream stream = new(new byte[length]);
        await container.WriteAsync(name, stream, None);
    }

    private static async Task<byte[]?> ReadAsync(AzureBlobContainer container, string name)
    {
        await using IBlob? blob = await container.OpenAsync(name, None);
        if (blob is null)
        {
            return null;
        }
        byte[] content = new byte[blob.Length];
        await blob.ReadAsync(content, 0, None);
        return content;
    }
}
