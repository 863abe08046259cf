using DurableObjects.Functions.Blobs;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>What every container does, so that what is tested over memory is true of Blob Storage.</summary>
[Collection(StorageCollection.Name)]
public class BlobContainerContract(StorageFixture storages)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory, Storages]
    public async Task What_was_written_is_read(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        Assert.Null(await ReadAsync(container, "a"));
        await WriteAsync(container, "a", Bytes(100, 1));
        Assert.Equal(Bytes(100, 1), await ReadAsync(container, "a"));
        await WriteAsync(container, "a", Bytes(50, 2));
        Assert.Equal(Bytes(50, 2), await ReadAsync(container, "a"));
        Assert.Null(await ReadAsync(container, "A"));
    }

    [Theory, Storages]
    public async Task Content_is_written_from_where_its_stream_stands(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        using MemoryStream content = new(Bytes(100, 1)) { Position = 90 };
        await container.WriteAsync("a", content, None);
        Assert.Equal<byte>(Bytes(100, 1).Skip(90), await ReadAsync(container, "a") ?? []);
    }

    [Theory, Storages]
    public async Task A_blob_may_be_empty(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "empty", []);
        Assert.Empty(Assert.IsType<byte[]>(await ReadAsync(container, "empty")));
        Assert.Equal(0, Assert.Single(await ListAsync(container, "")).Length);
    }

    [Theory, Storages]
    public async Task Any_part_of_a_blob_can_be_read(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        Random random = new(20_300_101);
        int[] lengths =
        [
            1, BlobReader.FirstBytes - 1, BlobReader.FirstBytes, BlobReader.FirstBytes + 1,
            BlobReader.FirstBytes + BlobReader.WindowBytes + 1, 11_000_000,
        ];
        foreach (int length in lengths)
        {
            byte[] content = Bytes(length, length);
            await WriteAsync(container, "a", content);
            await using IBlob blob = (await container.OpenAsync("a", None))!;
            Assert.Equal(length, blob.Length);
            for (int i = 0; i < 20; i++)
            {
                int offset = random.Next(length + 10);
                byte[] read = new byte[random.Next(i % 5 == 0 ? 6_000_000 : 70_000)];
                int count = await blob.ReadAsync(read, offset, None);
                Assert.Equal(Math.Clamp(length - offset, 0, read.Length), count);
                Assert.True(content.AsSpan(Math.Min(offset, length), count).SequenceEqual(read.AsSpan(0, count)));
            }
        }
    }

    [Theory, Storages]
    public async Task A_large_stream_that_can_be_read_only_once_becomes_one_blob(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        byte[] content = Bytes((2 * AzureBlobContainer.BlockBytes) + 12_345, 3);
        await using OnceStream once = new(content);
        await container.WriteAsync("large", once, None);
        byte[]? read = await ReadAsync(container, "large");
        Assert.True(content.AsSpan().SequenceEqual(read));
    }

    [Theory, Storages]
    public async Task A_blob_is_created_only_where_there_is_none(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        Assert.True(await container.TryCreateAsync("a", Bytes(10, 1), None));
        Assert.False(await container.TryCreateAsync("a", Bytes(10, 2), None));
        Assert.Equal(Bytes(10, 1), await ReadAsync(container, "a"));
        Assert.True(await container.DeleteAsync("a", null, None));
        Assert.True(await container.TryCreateAsync("a", Bytes(10, 2), None));
    }

    [Theory, Storages]
    public async Task Of_many_who_create_a_blob_one_does(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        bool[] did = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            i => container.TryCreateAsync("a", Bytes(10, i), None).AsTask()));
        Assert.Single(did, one => one);
        Assert.Equal(Bytes(10, Array.IndexOf(did, true)), await ReadAsync(container, "a"));
    }

    [Theory, Storages]
    public async Task Blobs_are_listed_by_prefix_in_the_order_of_their_names(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        string[] names = ["b/0", "a/1.x", "a/1-x", "a/10", "a/1", "a-b/1", "a/v", "a/0z", "a0/1", "a"];
        foreach (string name in names)
        {
            await WriteAsync(container, name, Bytes(name.Length, 1));
        }
        IReadOnlyList<BlobEntry> all = await ListAsync(container, "");
        Assert.Equal(names.Order(StringComparer.Ordinal), all.Select(entry => entry.Name));
        Assert.All(all, entry => Assert.Equal(entry.Name.Length, entry.Length));
        Assert.Equal(["a/0z", "a/1", "a/1-x", "a/1.x", "a/10", "a/v"], (await ListAsync(container, "a/")).Select(entry => entry.Name));
        Assert.Equal(["a/1", "a/1-x", "a/1.x", "a/10"], (await ListAsync(container, "a/1")).Select(entry => entry.Name));
        Assert.Empty(await ListAsync(container, "c"));
    }

    [Theory, Storages]
    public async Task Writing_the_same_again_is_another_version(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "a", Bytes(10, 1));
        BlobEntry before = Assert.Single(await ListAsync(container, ""));
        await WriteAsync(container, "a", Bytes(10, 1));
        BlobEntry after = Assert.Single(await ListAsync(container, ""));
        Assert.NotEqual(before.ETag, after.ETag);
        Assert.True(after.LastModified >= before.LastModified);
    }

    [Theory, Storages]
    public async Task A_deletion_by_ETag_takes_that_version_only(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "a", Bytes(10, 1));
        BlobEntry judged = Assert.Single(await ListAsync(container, ""));
        await WriteAsync(container, "a", Bytes(10, 1));

        Assert.False(await container.DeleteAsync("a", judged.ETag, None));

        Assert.Equal(Bytes(10, 1), await ReadAsync(container, "a"));
        Assert.True(await container.DeleteAsync("a", Assert.Single(await ListAsync(container, "")).ETag, None));
        Assert.Null(await ReadAsync(container, "a"));
        Assert.False(await container.DeleteAsync("a", judged.ETag, None));
        Assert.False(await container.DeleteAsync("a", null, None));
    }

    [Theory, Storages]
    public async Task An_open_blob_that_is_small_is_read_as_it_was(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "a", Bytes(BlobReader.FirstBytes, 1));
        await using IBlob blob = (await container.OpenAsync("a", None))!;
        await container.DeleteAsync("a", null, None);
        byte[] read = new byte[BlobReader.FirstBytes];
        Assert.Equal(read.Length, await blob.ReadAsync(read, 0, None));
        Assert.Equal(Bytes(BlobReader.FirstBytes, 1), read);
    }

    [Theory, Storages]
    public async Task An_open_blob_never_mixes_two_versions(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "a", Bytes(BlobReader.FirstBytes + 10, 1));
        await using IBlob overwritten = (await container.OpenAsync("a", None))!;
        await WriteAsync(container, "a", Bytes(BlobReader.FirstBytes + 10, 2));
        await using IBlob deleted = (await container.OpenAsync("a", None))!;
        await Assert.ThrowsAsync<InvalidDataException>(
            async () => await overwritten.ReadAsync(new byte[10], BlobReader.FirstBytes, None));
        await container.DeleteAsync("a", null, None);
        await Assert.ThrowsAsync<InvalidDataException>(
            async () => await deleted.ReadAsync(new byte[BlobReader.FirstBytes + 10], 0, None));
    }

    [Theory, Storages]
    public async Task Nothing_is_done_for_one_who_has_cancelled(string storage)
    {
        IBlobContainer container = await storages.NewAsync(storage);
        await WriteAsync(container, "a", Bytes(10, 1));
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await container.OpenAsync("a", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await container.DeleteAsync("a", null, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await container.TryCreateAsync("b", Bytes(1, 1), cancelled));
        Assert.Equal("a", Assert.Single(await ListAsync(container, "")).Name);
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task WriteAsync(IBlobContainer container, string name, byte[] content)
    {
        using MemoryStream stream = new(content);
        await container.WriteAsync(name, stream, None);
    }

    private static async Task<byte[]?> ReadAsync(IBlobContainer container, string name)
    {
        await using IBlob? blob = await container.OpenAsync(name, None);
        if (blob is null)
        {
            return null;
        }
        byte[] content = new byte[blob.Length];
        Assert.Equal(content.Length, await blob.ReadAsync(content, 0, None));
        return content;
    }

    private static async Task<IReadOnlyList<BlobEntry>> ListAsync(IBlobContainer container, string prefix)
    {
        List<BlobEntry> entries = [];
        await foreach (BlobEntry entry in container.ListAsync(prefix, None))
        {
            entries.Add(entry);
        }
        return entries;
    }

    /// <summary>A stream of unknown length, as one that is compressed on its way.</summary>
    private sealed class OnceStream(byte[] content) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = Math.Min(Math.Min(count, 100_000), content.Length - _position);
            content.AsSpan(_position, read).CopyTo(buffer.AsSpan(offset));
            _position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
