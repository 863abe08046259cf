using DurableObjects.Functions.Blobs;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;
using DurableObjects.Http;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>All instances of the app come to one key.</summary>
[Collection(StorageCollection.Name)]
public class TicketKeyBlobTests(StorageFixture storages)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory, Storages]
    public async Task Instances_that_start_together_have_one_key(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        string[] keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => await KeyAsync(container)));
        Assert.Single(keys.Distinct());
        Assert.Equal(SocketTickets.KeyBytes, Convert.FromHexString(keys[0]).Length);
        Assert.NotEqual(keys[0], await KeyAsync(await storages.NewAsync(storage)));
    }

    [Fact]
    public async Task Who_is_overtaken_between_looking_and_creating_takes_the_others()
    {
        MemoryBlobContainer container = new(new FakeClock());
        string? other = null;
        container.Before = async (operation, _) =>
        {
            if (operation == BlobOperation.Create && other is null)
            {
                other = "";
                other = await KeyAsync(container);
            }
        };
        Assert.Equal(await KeyAsync(container), other);
    }

    [Fact]
    public async Task A_process_reads_it_once_and_tries_again_after_a_failure()
    {
        MemoryBlobContainer container = new(new FakeClock());
        string expected = await KeyAsync(container);
        container.TakeRequests();
        using TicketKeyBlob blob = new(container);
        container.Before = (_, _) => throw new IOException("The storage is away.");
        await Assert.ThrowsAsync<IOException>(async () => await blob.GetAsync(None));
        container.Before = null;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(expected, Convert.ToHexString((await blob.GetAsync(None)).Span));
        }
        Assert.Equal([new(BlobOperation.Open, 2L)], container.TakeRequests());
    }

    [Fact]
    public async Task What_is_no_key_is_not_used_as_one()
    {
        MemoryBlobContainer container = new(new FakeClock());
        await container.TryCreateAsync(TicketKeyBlob.BlobName, new byte[SocketTickets.KeyBytes - 1], None);
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => KeyAsync(container));
        Assert.Contains(TicketKeyBlob.BlobName, error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> KeyAsync(IBlobContainer container)
    {
        using TicketKeyBlob blob = new(container);
        return Convert.ToHexString((await blob.GetAsync(None)).Span);
    }
}
