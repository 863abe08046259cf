namespace DurableObjects.Functions.Blobs;

/// <summary>
/// Reads one version of a blob with as few requests as there can be, since each is paid for and waited for: what came with the first
/// one is served from memory, and what lies behind is fetched in windows. So a blob of up to <see cref="FirstBytes"/> costs one
/// request, and one of up to <see cref="WindowBytes"/> more costs two, however it is read.
/// </summary>
/// <param name="length">The blob's bytes in all.</param>
/// <param name="first">Its first bytes: all of them, or <see cref="FirstBytes"/>.</param>
/// <param name="fetch">Fills a buffer with the bytes from an offset on, which are there.</param>
/// <remarks>One read at a time.</remarks>
public sealed class BlobReader(
    long length, ReadOnlyMemory<byte> first, Func<Memory<byte>, long, CancellationToken, ValueTask> fetch) : IBlob
{
    /// <summary>
    /// Bytes that are asked for when a blob is opened: most pieces, payloads and answers are smaller, and a transaction costs the same
    /// whatever it carries.
    /// </summary>
    public const int FirstBytes = 64 * 1_024;

    /// <summary>
    /// Bytes of a window: a piece's blocks have 256 KiB before compression, and their headers, which are read first, lie between
    /// them. It is held in memory for each open blob.
    /// </summary>
    public const int WindowBytes = 4 * 1_024 * 1_024;

    private byte[] _window = [];
    private long _windowAt;

    /// <inheritdoc/>
    public long Length { get; } = length;

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int total = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        int done = 0;
        while (done < total)
        {
            long at = offset + done;
            Memory<byte> rest = destination[done..total];
            int copied = Copy(first, 0, rest, at);
            copied = copied > 0 ? copied : Copy(_window, _windowAt, rest, at);
            if (copied == 0 && rest.Length >= WindowBytes)
            {
                await fetch(rest, at, cancellation);
                copied = rest.Length;
            }
            else if (copied == 0)
            {
                await MoveWindowAsync(at, rest.Length, cancellation);
            }
            done += copied;
        }
        return total;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _window = [];
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Windows lie side by side behind the first bytes, so that a blob read backwards is fetched as rarely as one read forwards. One is
    /// extended by what is wanted now and lies in the next.
    /// </summary>
    private async ValueTask MoveWindowAsync(long at, int wanted, CancellationToken cancellation)
    {
        long from = first.Length + ((at - first.Length) / WindowBytes * WindowBytes);
        long to = Math.Min(Length, Math.Max(from + WindowBytes, at + wanted));
        byte[] window = new byte[to - from];
        await fetch(window, from, cancellation);
        _window = window;
        _windowAt = from;
    }

    private static int Copy(ReadOnlyMemory<byte> source, long sourceAt, Memory<byte> destination, long offset)
    {
        long skip = offset - sourceAt;
        if (skip < 0 || skip >= source.Length)
        {
            return 0;
        }
        int count = (int)Math.Min(destination.Length, source.Length - skip);
        source.Slice((int)skip, count).CopyTo(destination);
        return count;
    }
}
