using System.Text;
using DurableObjects.Functions.Blobs;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>Payloads are named by their content, checked when they are read, and gone a week after they were last written.</summary>
[Collection(StorageCollection.Name)]
public class PayloadStoreTests(StorageFixture storages)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ObjectId Id = ObjectId.FromName("room", "a");

    [Theory, Storages]
    public async Task A_payload_is_read_by_what_names_it(string storage)
    {
        PayloadStore payloads = new(await storages.NewAsync(storage));
        byte[] large = new byte[Limits.ResponseBytes];
        new Random(1).NextBytes(large);
        foreach (byte[] content in new[] { [], Encoding.UTF8.GetBytes("{}"), large })
        {
            string reference = await payloads.WriteAsync("room", Id, content, None);
            Assert.StartsWith($"room/{Id}/", reference, StringComparison.Ordinal);
            byte[] read = await payloads.ReadAsync(reference, None);
            Assert.True(content.AsSpan().SequenceEqual(read));
        }
    }

    [Theory, Storages]
    public async Task The_same_payload_written_twice_is_one(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        PayloadStore payloads = new(container);
        string first = await payloads.WriteAsync("room", Id, new byte[] { 1 }, None);
        Assert.Equal(first, await payloads.WriteAsync("room", Id, new ReadOnlyMemory<byte>([9, 1])[1..], None));
        Assert.NotEqual(first, await payloads.WriteAsync("room", Id, new byte[] { 2 }, None));
        Assert.Equal(2, await CountAsync(container));
    }

    [Theory, Storages]
    public async Task A_purge_takes_the_payloads_of_one_object(string storage)
    {
        PayloadStore payloads = new(await storages.NewAsync(storage));
        string mine = await payloads.WriteAsync("room", Id, new byte[] { 1 }, None);
        string others = await payloads.WriteAsync("room", ObjectId.FromName("room", "b"), new byte[] { 1 }, None);
        await payloads.DeleteAllAsync("room", Id, DateTimeOffset.MaxValue, [], None);
        PayloadMissingException error = await Assert.ThrowsAsync<PayloadMissingException>(
            async () => await payloads.ReadAsync(mine, None));
        Assert.Equal(mine, error.Reference);
        Assert.Contains(mine, error.Message, StringComparison.Ordinal);
        Assert.Equal([1], await payloads.ReadAsync(others, None));
    }

    [Fact]
    public async Task A_damaged_payload_is_not_handed_out()
    {
        MemoryBlobContainer container = new(new FakeClock());
        PayloadStore payloads = new(container);
        string reference = await payloads.WriteAsync("room", Id, new byte[100], None);
        container.Damage("payloads/" + reference, 50, 1);
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(
            async () => await payloads.ReadAsync(reference, None));
        Assert.Contains(reference, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("room")]
    [InlineData("room/a/b")]
    [InlineData("../keys/socket-tickets")]
    public async Task What_does_not_name_a_payload_leads_nowhere(string reference)
    {
        MemoryBlobContainer container = new(new FakeClock());
        await Assert.ThrowsAsync<ArgumentException>(async () => await new PayloadStore(container).ReadAsync(reference, None));
        Assert.Empty(container.TakeRequests());
    }

    [Fact]
    public async Task The_sweep_takes_what_nobody_has_written_for_a_week()
    {
        FakeClock clock = new();
        MemoryBlobContainer container = new(clock) { PageSize = 2 };
        PayloadStore payloads = new(container);
        string[] references = await Task.WhenAll(Enumerable.Range(0, 7).Select(
            i => payloads.WriteAsync("room", Id, new[] { (byte)i }, None).AsTask()));
        clock.Advance(TimeSpan.FromDays(4));
        await payloads.WriteAsync("room", Id, new byte[] { 0 }, None);
        await payloads.WriteAsync("room", Id, new byte[] { 1 }, None);
        clock.Advance(TimeSpan.FromDays(4));

        Assert.Equal(5, await payloads.SweepAsync(clock.GetUtcNow() - PayloadStore.KeptFor, None));

        Assert.Equal([0], await payloads.ReadAsync(references[0], None));
        Assert.Equal([1], await payloads.ReadAsync(references[1], None));
        Assert.Equal(2, container.Names.Count);
    }

    [Fact]
    public async Task A_payload_that_is_written_again_while_the_sweep_judges_it_stays()
    {
        FakeClock clock = new();
        MemoryBlobContainer container = new(clock);
        PayloadStore payloads = new(container);
        string reference = await payloads.WriteAsync("room", Id, new byte[] { 1 }, None);
        clock.Advance(TimeSpan.FromDays(8));
        bool isFirst = true;
        container.Before = async (operation, _) =>
        {
            if (operation == BlobOperation.Delete && isFirst)
            {
                isFirst = false;
                await payloads.WriteAsync("room", Id, new byte[] { 1 }, None);
            }
        };
        Assert.Equal(0, await payloads.SweepAsync(clock.GetUtcNow() - PayloadStore.KeptFor, None));
        Assert.Equal([1], await payloads.ReadAsync(reference, None));
    }

    [Fact]
    public async Task Writing_costs_one_request_and_reading_one_or_two()
    {
        MemoryBlobContainer container = new(new FakeClock());
        PayloadStore payloads = new(container);
        string small = await payloads.WriteAsync("room", Id, new byte[BlobReader.FirstBytes], None);
        string large = await payloads.WriteAsync("room", Id, new byte[Limits.ResponseBytes], None);
        Assert.Equal(2, container.TakeRequests()[BlobOperation.Write]);
        await payloads.ReadAsync(small, None);
        Assert.Equal([new(BlobOperation.Open, 1L)], container.TakeRequests());
        await payloads.ReadAsync(large, None);
        Assert.Equal([new(BlobOperation.Open, 1L), new(BlobOperation.Read, 1L)], container.TakeRequests());
    }

    private static async Task<int> CountAsync(IBlobContainer container)
    {
        int count = 0;
        await foreach (BlobEntry _ in container.ListAsync("", None))
        {
            count++;
        }
        return count;
    }
}
