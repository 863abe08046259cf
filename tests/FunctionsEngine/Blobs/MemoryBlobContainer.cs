using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.FunctionsEngine.Blobs;

/// <summary>
/// Blob Storage in memory, with the requests that the real one would get: each passes <see cref="Before"/> and <see cref="After"/>,
/// where a test lets it fail, wait, or kill who asked, before or after it has taken effect.
/// </summary>
/// <param name="clock">The storage's clock.</param>
public sealed class MemoryBlobContainer(TimeProvider clock) : IBlobContainer
{
    private readonly SortedDictionary<string, Version> _blobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<BlobOperation, long> _counts = new();
    private readonly Lock _lock = new();
    private long _lastETag;

    /// <summary>Runs before a request takes effect; the caller gets what it throws. The text is the blob's name or the prefix.</summary>
    public Func<BlobOperation, string, ValueTask>? Before { get; set; }

    /// <summary>Runs after a request has taken effect: what it throws is a lost answer.</summary>
    public Func<BlobOperation, string, ValueTask>? After { get; set; }

    /// <summary>Entries in one page of a listing. Blob Storage: 5,000.</summary>
    public int PageSize { get; set; } = 5_000;

    /// <summary>The names of all blobs, in order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _blobs.Keys];
            }
        }
    }

    /// <summary>How many requests of a kind there were.</summary>
    public long Requests(BlobOperation operation) => _counts.GetValueOrDefault(operation);

    /// <summary>How many requests there were of each kind, since the last time that this was asked.</summary>
    public IReadOnlyDictionary<BlobOperation, long> TakeRequests()
    {
        Dictionary<BlobOperation, long> taken = [];
        foreach (BlobOperation operation in Enum.GetValues<BlobOperation>())
        {
            if (_counts.TryRemove(operation, out long count))
            {
                taken.Add(operation, count);
            }
        }
        return taken;
    }

    /// <summary>Flips bits of a blob, as no storage should.</summary>
    public void Damage(string name, int offset, byte mask)
    {
        lock (_lock)
        {
            byte[] content = [.. _blobs[name].Content];
            content[offset] ^= mask;
            _blobs[name] = _blobs[name] with { Content = content };
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string name, Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        using MemoryStream copy = new();
        await content.CopyToAsync(copy, cancellation);
        await RequestAsync(BlobOperation.Write, name, () => Put(name, copy.ToArray()), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        RequestAsync(BlobOperation.Create, name, () => !_blobs.ContainsKey(name) && Put(name, content.ToArray()), cancellation);

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenAsync(string name, CancellationToken cancellation)
    {
        Version? version = await RequestAsync(
            BlobOperation.Open, name, () => _blobs.GetValueOrDefault(name), cancellation);
        if (version is null)
        {
            return null;
        }
        ReadOnlyMemory<byte> first = version.Content.AsMemory(0, Math.Min(BlobReader.FirstBytes, version.Content.Length));
        return new BlobReader(version.Content.Length, first, async (destination, offset, token) =>
            await RequestAsync(
                BlobOperation.Read, name,
                () => _blobs.GetValueOrDefault(name) is { } now && now.ETag == version.ETag
                    ? now.Content.AsMemory((int)offset, destination.Length).TryCopyTo(destination)
                    : throw new InvalidDataException($"The blob {name} was overwritten or deleted while it was read."),
                token));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string? after = null;
        do
        {
            List<BlobEntry> page = await RequestAsync(BlobOperation.List, prefix, () => Page(prefix, after), cancellation);
            foreach (BlobEntry entry in page)
            {
                yield return entry;
            }
            after = page.Count == PageSize ? page[^1].Name : null;
        }
        while (after is not null);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, string? ifMatch, CancellationToken cancellation) => RequestAsync(
        BlobOperation.Delete, name,
        () => _blobs.TryGetValue(name, out Version? version) && (ifMatch is null || version.ETag == ifMatch) && _blobs.Remove(name),
        cancellation);

    private List<BlobEntry> Page(string prefix, string? after) =>
        [.. _blobs
            .Where(blob => blob.Key.StartsWith(prefix, StringComparison.Ordinal)
                && (after is null || string.CompareOrdinal(blob.Key, after) > 0))
            .Take(PageSize)
            .Select(blob => new BlobEntry(blob.Key, blob.Value.ETag, blob.Value.LastModified, blob.Value.Content.Length))];

    /// <summary>Blob Storage keeps times to the second.</summary>
    private bool Put(string name, byte[] content)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        _blobs[name] = new Version(content, (++_lastETag).ToString("x16", CultureInfo.InvariantCulture), now);
        return true;
    }

    private async ValueTask<T> RequestAsync<T>(BlobOperation operation, string name, Func<T> effect, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(name);
        cancellation.ThrowIfCancellationRequested();
        _counts.AddOrUpdate(operation, 1, (_, count) => count + 1);
        if (Before is { } before)
        {
            await before(operation, name);
        }
        T result;
        lock (_lock)
        {
            result = effect();
        }
        if (After is { } after)
        {
            await after(operation, name);
        }
        return result;
    }

    private sealed record Version(byte[] Content, string ETag, DateTimeOffset LastModified);
}
