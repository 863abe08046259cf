using System.Runtime.CompilerServices;
using DurableObjects.Functions.Blobs;

namespace DurableObjects.Functions.Tests.Archive;

/// <summary>A container whose user dies at one of its requests, before or after that has taken effect, and asks nothing more.</summary>
public sealed class KillSwitch(IBlobContainer container) : IBlobContainer
{
    private int? _left;
    private bool _isAfter;

    /// <summary>Whether the user is dead.</summary>
    public bool IsDead { get; private set; }

    /// <summary>The requests at which its users died.</summary>
    public IList<string> Deaths { get; } = [];

    /// <summary>Runs before each request that is made alive.</summary>
    public Func<string, ValueTask>? Before { get; set; }

    /// <summary>Lets some requests pass, and kills at the next.</summary>
    public void Arm(int passed, bool isAfter)
    {
        _left = passed;
        _isAfter = isAfter;
        IsDead = false;
    }

    /// <summary>Another process takes over, and is not killed.</summary>
    public void Disarm()
    {
        _left = null;
        IsDead = false;
    }

    public async ValueTask WriteAsync(string name, Stream content, CancellationToken cancellation) => await RequestAsync(
        $"write {name}",
        async () =>
        {
            await container.WriteAsync(name, content, cancellation);
            return true;
        });

    public ValueTask<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        RequestAsync($"create {name}", () => container.TryCreateAsync(name, content, cancellation));

    public async ValueTask<IBlob?> OpenAsync(string name, CancellationToken cancellation) =>
        await RequestAsync($"open {name}", () => container.OpenAsync(name, cancellation)) is { } blob ? new Opened(this, name, blob) : null;

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await RequestAsync($"list {prefix}", () => new ValueTask<bool>(true));
        await foreach (BlobEntry entry in container.ListAsync(prefix, cancellation))
        {
            yield return entry;
        }
    }

    public ValueTask<bool> DeleteAsync(string name, string? ifMatch, CancellationToken cancellation) =>
        RequestAsync($"delete {name}", () => container.DeleteAsync(name, ifMatch, cancellation));

    private async ValueTask<T> RequestAsync<T>(string request, Func<ValueTask<T>> effect)
    {
        if (IsDead)
        {
            throw new KilledException();
        }
        if (Before is { } before)
        {
            await before(request);
        }
        IsDead = _left == 0;
        _left--;
        if (IsDead)
        {
            Deaths.Add(request);
        }
        if (IsDead && !_isAfter)
        {
            throw new KilledException();
        }
        T result = await effect();
        return IsDead ? throw new KilledException() : result;
    }

    private sealed class Opened(KillSwitch kill, string name, IBlob blob) : IBlob
    {
        public long Length => blob.Length;

        public ValueTask<int> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellation) =>
            kill.RequestAsync($"read {name}", () => blob.ReadAsync(destination, offset, cancellation));

        public ValueTask DisposeAsync() => blob.DisposeAsync();
    }
}
