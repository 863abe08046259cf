using DurableObjects.Archive;
using DurableObjects.Functions.Archive;
using DurableObjects.FunctionsEngine.Blobs;
using DurableObjects.Harness;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>What an object's archive asks of Blob Storage.</summary>
public sealed class BlobArchiveTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly MemoryBlobContainer _container;
    private readonly BlobArchive _archive;
    private readonly ArchivedObject _one;

    public BlobArchiveTests()
    {
        FakeClock clock = new();
        _container = new MemoryBlobContainer(clock);
        _archive = new BlobArchive(_container);
        _one = new ArchivedObject(_archive, clock);
    }

    public void Dispose() => _one.Dispose();

    [Fact]
    public async Task A_batch_writes_one_piece_by_one_request()
    {
        await _one.BatchAsync([ArchivedObject.Call("Put", "a", 1), ArchivedObject.Call("Put", "b", 2)]);
        Assert.Equal([new(BlobOperation.Write, 1L)], _container.TakeRequests());
        Assert.Equal([$"archive/{_one.Position!.Newest}"], _container.Names);
    }

    [Fact]
    public async Task A_rebuild_reads_each_piece_by_one_request_back_to_the_newest_whole_state()
    {
        for (int i = 0; i < 4; i++)
        {
            await _one.BatchAsync([ArchivedObject.Call("Put", "a", i)]);
        }
        _container.TakeRequests();
        await _one.AssertHeadAsync();
        Assert.Equal([new(BlobOperation.Open, 4L)], _container.TakeRequests());
        await _one.BatchAsync([ArchivedObject.Call("Put", "a", 5)], takesSnapshot: true);
        _container.TakeRequests();
        await _one.AssertHeadAsync();
        Assert.Equal([new(BlobOperation.Open, 1L)], _container.TakeRequests());
    }

    [Fact]
    public async Task A_large_piece_is_read_by_two()
    {
        await _one.BatchAsync([ArchivedObject.Call("Write", 200, 10_000, 1)]);
        Assert.True((await _archive.ListEntriesAsync("notebook", _one.Address.Id, None))[0].Length > 1_000_000);
        _container.TakeRequests();
        await _one.AssertHeadAsync();
        Assert.Equal([new(BlobOperation.Open, 1L), new(BlobOperation.Read, 1L)], _container.TakeRequests());
    }

    [Fact]
    public async Task Pieces_are_listed_with_what_a_sweep_judges_by()
    {
        await _one.BatchAsync([ArchivedObject.Call("Put", "a", 1)]);
        await _one.BatchAsync([ArchivedObject.Call("Put", "a", 2)]);
        IReadOnlyList<ArchiveEntry> entries = await _archive.ListEntriesAsync("notebook", _one.Address.Id, None);
        Assert.Equal(_one.Position!.Newest, entries[^1].Name);
        Assert.Equal([.. entries.Select(entry => entry.Name)], (await _one.NamedAsync()).Reverse());
        Assert.Empty(await _archive.ListEntriesAsync("notebook", ObjectId.FromName("notebook", "other"), None));
        Assert.Empty(await _archive.ListEntriesAsync("note", _one.Address.Id, None));

        ArchiveEntry oldest = entries[0];
        await using (IArchivePiece piece = (await _archive.OpenAsync(oldest.Name, None))!)
        {
            byte[] content = new byte[oldest.Length];
            await piece.ReadAsync(content, 0, None);
            using MemoryStream again = new(content);
            await _archive.WriteAsync(oldest.Name, again, None);
        }
        Assert.False(await _archive.DeleteAsync(oldest, None));
        Assert.True(await _archive.DeleteAsync(entries[1], None));
        Assert.Null(await _archive.OpenAsync(entries[1].Name, None));
    }
}
